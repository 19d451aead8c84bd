"""ASGI application: routes and middleware of HTTP and WebSocket."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp

from graphql_app.http import health
from graphql_app.http.cors import CrossOriginMiddleware, OriginPolicy
from graphql_app.http.endpoint import METHODS, PATH, graphql_route
from graphql_app.http.lifespan import OpenServices, lifespan
from graphql_app.http.logging import access_log_writer
from graphql_app.http.mail_page import mail_page
from graphql_app.http.middleware import AccessLogMiddleware, ErrorBoundary, FastPath, http_error_response
from graphql_app.http.request import UntrustedProxyWarning, behind_proxies
from graphql_app.playground import load_page
from graphql_app.settings import Settings
from graphql_app.websocket.bounds import SocketCounts
from graphql_app.websocket.endpoint import graphql_socket


def create_app(settings: Settings, open_services: OpenServices) -> Starlette:
    """Return the application. It opens ``open_services`` at startup and closes them at shutdown."""
    app = Starlette(routes=_routes(), lifespan=lifespan(settings, open_services))
    app.state.socket_counts = SocketCounts()
    app.middleware_stack = _middleware(settings, app.router)
    if settings.playground:
        app.state.playground = load_page()
    return app


def _routes() -> list[BaseRoute]:
    return [
        Route("/", home),
        Route(PATH, graphql_route, methods=METHODS),
        WebSocketRoute(PATH, graphql_socket),
        Route("/health/live", health.live),
        Route("/health/ready", health.ready),
        Route("/health/pool", health.pool),
        Route("/metrics", health.metrics),
        Route("/mail", mail_page),
    ]


def _middleware(settings: Settings, router: ASGIApp) -> ASGIApp:
    """Return the routes within the middleware.

    The error boundary is inside CORS, so that browsers can read the `errorId` of a masked bug.

    Replaces Starlette's own stack, whose outermost middleware would wrap ``send`` again.
    """
    routes: ASGIApp = ExceptionMiddleware(router, handlers={HTTPException: http_error_response})
    is_closed = OriginPolicy(settings).is_closed
    if is_closed:  # only preflights, which the fast path passes on
        routes = CrossOriginMiddleware(routes, settings)
    inner: ASGIApp = ErrorBoundary(FastPath(routes))
    if not is_closed:
        inner = CrossOriginMiddleware(inner, settings)
    proxy_warning = UntrustedProxyWarning(settings.trusted_proxies)
    logged = AccessLogMiddleware(inner, access_log_writer(settings), proxy_warning)
    return behind_proxies(logged, settings.trusted_proxies)


async def home(_: Request) -> Response:
    """Redirect from the server's root to `/graphql`."""
    return RedirectResponse(PATH)
