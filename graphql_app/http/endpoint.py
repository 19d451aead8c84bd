"""Endpoint of `/graphql` over HTTP, which also serves the playground."""

import asyncio

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from graphql_app.errors import RequestError, Unavailable
from graphql_app.execution.errors import PartlyCommitted, not_executed, request_error
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.http.body import read_request
from graphql_app.http.disconnect import CancelOnDisconnect, ClientDisconnected, disconnect_watcher
from graphql_app.http.errors import RejectedRequest
from graphql_app.http.lifespan import Services, services_of
from graphql_app.http.logging import bind_operation, bind_response
from graphql_app.http.negotiation import JSON, accepts_page, response_type
from graphql_app.http.request import HttpRequest, client_address, identify
from graphql_app.http.response import CLIENT_CLOSED_REQUEST, render, render_rejection
from graphql_app.playground import PlaygroundPage

PATH = "/graphql"
METHODS = ("GET", "POST")
STOPPING = "The server is stopping and could not complete the operation in time."


async def graphql_route(request: Request) -> Response:
    """Answer requests that the fast path does not handle, such as HEAD."""
    return await answer(HttpRequest(request.scope, request.receive))


async def answer(request: HttpRequest) -> Response:
    """Answer a GraphQL request by POST or GET, or serve the playground to a browser that sends no query."""
    services = services_of(request.scope)
    if services.settings.playground and _is_page_visit(request):
        return _playground_page(request)
    media_type = JSON
    try:
        media_type = response_type(request.accept())
        return await _respond(request, services, media_type)
    except RejectedRequest as rejected:
        return render_rejection(rejected, media_type)
    except (ClientDisconnected, ClientDisconnect):
        return Response(status_code=CLIENT_CLOSED_REQUEST)


async def _respond(request: HttpRequest, services: Services, media_type: str) -> Response:
    """Return the response to a request. Raises a :class:`RejectedRequest` if it is malformed."""
    settings = services.settings
    operation = await read_request(request, settings.max_body_bytes, settings.request_timeout)
    operation.client_address = client_address(request.scope)
    bind_operation(operation)
    response = await _execute(operation, request, services)
    return render(response, media_type, method=request.method)


async def _execute(operation: GraphQLRequest, request: HttpRequest, services: Services) -> GraphQLResponse:
    """Return the executor's response, or an error response if there is none. Raises ClientDisconnected."""
    try:
        found = identify(request.header(b"authorization"), services.tokens)
        with services.drain.operations, CancelOnDisconnect(disconnect_watcher(request.scope, request.receive)):
            response = await services.executor.execute(
                operation, viewer=found.viewer if found else None, read_only=request.method != "POST"
            )
    except RequestError as error:
        response = not_executed(request_error(error))
    except asyncio.CancelledError as cancelled:
        if not services.drain.begun:
            raise
        response = not_executed(request_error(Unavailable(STOPPING)))
        if isinstance(cancelled, PartlyCommitted):
            response = cancelled.response
    bind_response(response)
    return response


def _is_page_visit(request: HttpRequest) -> bool:
    """Return True if a browser opens the address: a GET without a query that requests a page."""
    if request.method != "GET" or "query" in request.parameters():
        return False
    return accepts_page(request.accept())


def _playground_page(request: HttpRequest) -> Response:
    """Return the page, compressed if the browser accepts gzip, or 304 if its cached copy is current."""
    page: PlaygroundPage = request.scope["app"].state.playground
    headers = {
        "etag": page.etag,
        "cache-control": "no-cache",  # may be stored, but must be revalidated each time
        "vary": "accept, accept-encoding",
        "content-security-policy": page.content_security_policy,
        "content-type": "text/html; charset=utf-8",
    }
    if page.etag in (request.header(b"if-none-match") or ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in (request.header(b"accept-encoding") or ""):
        return Response(page.gzip, headers=headers | {"content-encoding": "gzip"})
    return Response(page.html, headers=headers)
