"""Endpoint of `/graphql` over HTTP."""

import asyncio

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from graphql_app.errors import RequestError, Unavailable
from graphql_app.execution.executor import PartlyCommitted
from graphql_app.execution.failures import request_error
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.http.body import read_request
from graphql_app.http.client_address import client_address
from graphql_app.http.departure import departure_of
from graphql_app.http.disconnect import ClientLeft, UntilClientLeaves
from graphql_app.http.edge import CLIENT_LEFT
from graphql_app.http.errors import RefusedRequest
from graphql_app.http.identification import identify
from graphql_app.http.negotiation import JSON, response_type, wants_page
from graphql_app.http.notes import note_operation, note_response
from graphql_app.http.playground import playground_page
from graphql_app.http.rendering import refuse, render
from graphql_app.http.request import HttpRequest
from graphql_app.http.services import Services, services_of

PATH = "/graphql"
METHODS = ("GET", "POST")
STOPPING = "The server is stopping and could not finish this in time."


async def by_route(request: Request) -> Response:
    """Answer requests that :class:`ShortWay` does not handle, such as HEAD."""
    return await graphql(HttpRequest(request.scope, request.receive))


async def graphql(request: HttpRequest) -> Response:
    """Answer a GraphQL request by POST or GET, or serve the playground to a browser that sends no query."""
    services = services_of(request.scope)
    if services.settings.playground and is_visit(request):
        return playground_page(request)
    media_type = JSON
    try:
        media_type = response_type(request.accept())
        return await answer(request, services, media_type)
    except RefusedRequest as refused:
        return refuse(refused, media_type)
    except (ClientLeft, ClientDisconnect):
        return Response(status_code=CLIENT_LEFT)  # the client has disconnected: only the access log contains the status


class ShortWay:
    """Fast path: calls the endpoint of `/graphql` directly, and passes other requests on to the routes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] in METHODS:
            response = await graphql(HttpRequest(scope, receive))
            await response(scope, receive, send)
        else:
            await self.app(scope, receive, send)


async def answer(request: HttpRequest, services: Services, media_type: str) -> Response:
    """Return the response to a request. Raises a :class:`RefusedRequest` if it is malformed."""
    settings = services.settings
    operation = await read_request(request, settings.max_body_bytes, settings.request_timeout)
    operation.client_address = client_address(request.scope)
    note_operation(operation)
    response = await execute(operation, request, services)
    return render(response, media_type, method=request.method)


async def execute(operation: GraphQLRequest, request: HttpRequest, services: Services) -> GraphQLResponse:
    """Return the executor's response, or a refusal if there is none. Raises :class:`ClientLeft` at a disconnect."""
    try:
        found = identify(request.header(b"authorization"), services.tokens)
        with services.drain.operations, UntilClientLeaves(departure_of(request.scope, request.receive)):
            response = await services.executor.execute(
                operation, viewer=found.viewer if found else None, read_only=request.method != "POST"
            )
    except RequestError as error:
        response = refusal(error)
    except asyncio.CancelledError as cancelled:
        if not services.drain.begun:
            raise
        response = refusal(Unavailable(STOPPING))
        if isinstance(cancelled, PartlyCommitted):
            response = cancelled.response
    note_response(response)
    return response


def refusal(error: RequestError) -> GraphQLResponse:
    """Return the response to a request that was not executed."""
    return GraphQLResponse(body={"errors": [request_error(error)]}, executed=False)


def is_visit(request: HttpRequest) -> bool:
    """Return True if a browser opens the address: a GET without a query that requests a page."""
    if request.method != "GET" or "query" in request.parameters():
        return False
    return wants_page(request.accept())
