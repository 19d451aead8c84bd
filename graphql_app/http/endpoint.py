"""Endpoint of `/graphql` over HTTP, which also serves the playground."""

from collections.abc import AsyncGenerator

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from graphql_app.execution.request import GraphQLResponse
from graphql_app.http.body import DOCUMENT_IDS, read_request
from graphql_app.http.disconnect import ClientDisconnected
from graphql_app.http.errors import RejectedRequest, StreamNotAcceptable
from graphql_app.http.lifespan import Services, services_of
from graphql_app.http.mail_page import SERVER_TIMING, has_mail_page
from graphql_app.http.negotiation import JSON, STREAMS, Accepted, accepts_page, negotiate
from graphql_app.http.operation import execute, execute_batch
from graphql_app.http.representation import compress, content_coding, validate
from graphql_app.http.request import HttpRequest
from graphql_app.http.response import CLIENT_CLOSED_REQUEST, render, render_batch, render_rejection
from graphql_app.http.streaming import FORMATS, StreamedResponse, incremental_format, single
from graphql_app.playground import PlaygroundPage
from graphql_app.settings import Settings

PATH = "/graphql"
METHODS = ("GET", "POST")
OPERATION = frozenset({"query", "extensions", *DOCUMENT_IDS})
"""Parameters of which a GET request with an operation has at least one."""


async def graphql_route(request: Request) -> Response:
    """Answer requests that the fast path does not handle, such as HEAD."""
    return await answer(HttpRequest(request.scope, request.receive))


async def answer(request: HttpRequest) -> Response:
    """Answer a GraphQL request by POST or GET, or serve the playground to a browser that sends no query."""
    services = services_of(request.scope)
    if services.settings.playground and _is_page_visit(request):
        return _playground_page(request, has_mail_page(services.settings))
    media_type = JSON
    try:
        accepted = negotiate(request.accept())
        media_type = accepted.json
        return await _respond(request, services, accepted)
    except RejectedRequest as rejected:
        return render_rejection(rejected, media_type, services.settings.http_status)
    except (ClientDisconnected, ClientDisconnect):
        services.metrics.disconnects.inc()
        return Response(status_code=CLIENT_CLOSED_REQUEST)


async def _respond(request: HttpRequest, services: Services, accepted: Accepted) -> Response:
    """Return the response to a request. Raises a :class:`RejectedRequest` if it is malformed."""
    settings = services.settings
    edition = settings.http_status
    parsed = await read_request(request, settings)
    if isinstance(parsed, list):
        rendered = render_batch(await execute_batch(parsed, request, services), accepted.json, edition)
        return await _compressed(rendered, _coding(rendered, request, settings))
    if accepted.incremental is not None:
        _, parsed.incremental = accepted.incremental
    response = await execute(parsed, request, services)
    if response.parts is not None and accepted.incremental is not None:
        return StreamedResponse(
            response.parts, incremental_format(*accepted.incremental), services, rate=response.rate, is_bounded=True
        )
    if response.events is not None:
        return await _stream(response, response.events, services, accepted)
    if accepted.single in STREAMS:
        return StreamedResponse(single(response), FORMATS[accepted.single], services, rate=response.rate)
    rendered = render(response, accepted.single, method=request.method, edition=edition)
    coding = _coding(rendered, request, settings) if len(rendered.body) >= settings.compression_threshold else None
    if request.method != "POST":
        variant = f"{accepted.single} {coding}"
        rendered = validate(rendered, response, variant, request.header(b"if-none-match"))
    return rendered if coding is None else await _compressed(rendered, coding)


async def _compressed(response: Response, coding: str | None) -> Response:
    if coding is not None:
        await compress(response, coding)
    return response


def _coding(response: Response, request: HttpRequest, settings: Settings) -> str | None:
    """Return the content coding of a response: `identity` if the client accepts no other, None if it is short."""
    if not 0 < settings.compression_threshold <= len(response.body):
        return None
    return content_coding(request.header(b"accept-encoding"))


async def _stream(
    response: GraphQLResponse, events: AsyncGenerator[GraphQLResponse], services: Services, accepted: Accepted
) -> Response:
    """Return the stream of a subscription. Raises StreamNotAcceptable."""
    if accepted.stream is None:
        await events.aclose()
        raise StreamNotAcceptable
    return StreamedResponse(events, FORMATS[accepted.stream], services, response, response.rate)


def _is_page_visit(request: HttpRequest) -> bool:
    """Return True if a browser opens the address: a GET without a query that requests a page."""
    if request.method != "GET" or not OPERATION.isdisjoint(request.parameters()):
        return False
    return accepts_page(request.accept())


def _playground_page(request: HttpRequest, has_mail: bool) -> Response:
    """Return the page, compressed if the browser accepts gzip, or 304 if its cached copy is current."""
    page: PlaygroundPage = request.scope["app"].state.playground
    headers = {
        "etag": page.etag,
        "cache-control": "no-cache",  # may be stored, but must be revalidated each time
        "vary": "accept, accept-encoding",
        "content-security-policy": page.content_security_policy,
        "content-type": "text/html; charset=utf-8",
    }
    if has_mail:
        headers["server-timing"] = SERVER_TIMING
    if page.etag in (request.header(b"if-none-match") or ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in (request.header(b"accept-encoding") or ""):
        return Response(page.gzip, headers=headers | {"content-encoding": "gzip"})
    return Response(page.html, headers=headers)
