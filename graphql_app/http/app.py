"""ASGI application: routes and middleware."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp

from graphql_app.http import health
from graphql_app.http.client_address import ProxyHint, behind_proxies
from graphql_app.http.edge import Edge
from graphql_app.http.graphql import METHODS, PATH, ShortWay, by_route
from graphql_app.http.guard import Guard, no_such_page
from graphql_app.http.lifespan import lifespan
from graphql_app.http.lines import line_writer
from graphql_app.http.negotiation import PREFLIGHT_HEADERS
from graphql_app.http.request_id import HEADER
from graphql_app.http.services import OpenServices
from graphql_app.http.websocket.endpoint import graphql_socket
from graphql_app.playground.page import load_page
from graphql_app.settings import Settings

CORS_HEADERS = (
    *(name.decode() for name in PREFLIGHT_HEADERS),
    "apollographql-client-name",
    "apollographql-client-version",
    "content-type",
    "idempotency-key",
    HEADER,
)
"""Headers that a page of another origin may send."""


def create_app(settings: Settings, open_services: OpenServices) -> Starlette:
    """Return the application. It opens ``open_services`` at start and closes them at stop."""
    app = Starlette(routes=_routes(), lifespan=lifespan(settings, open_services))
    app.middleware_stack = _layers(settings, app.router)
    if settings.playground:
        app.state.playground = load_page()
    return app


def _routes() -> list[BaseRoute]:
    return [
        Route("/", home),
        Route(PATH, by_route, methods=METHODS),
        WebSocketRoute(PATH, graphql_socket),
        Route("/health/live", health.live),
        Route("/health/ready", health.ready),
    ]


def _layers(settings: Settings, router: ASGIApp) -> ASGIApp:
    """Return the routes within the middleware.

    A masked bug passes through CORS, so that a browser may read its `errorId`.

    Replaces Starlette's own stack, whose outermost layer would wrap ``send`` once more.
    """
    guarded = Guard(ShortWay(ExceptionMiddleware(router, handlers={HTTPException: no_such_page})))
    inner = _cors(guarded, settings.cors_origins) if settings.cors_origins else guarded
    edge = Edge(inner, line_writer(settings), ProxyHint(settings.trusted_proxies))
    return behind_proxies(edge, settings.trusted_proxies)


def _cors(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=["GET", "POST"],
        allow_headers=CORS_HEADERS,
        expose_headers=[HEADER, "retry-after"],
    )


async def home(_: Request) -> Response:
    """Redirect from the server's root to `/graphql`."""
    return RedirectResponse(PATH)
