"""Execution of the operations of one HTTP request: a single one, or a batch."""

import asyncio
import time
from collections.abc import Sequence

import structlog

from graphql_app.errors import BadRequest, RequestError, ResponseTooLarge, Unavailable
from graphql_app.execution.encoding import encode
from graphql_app.execution.errors import PartlyCommitted, masked_error, not_executed, request_error
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.http.disconnect import CancelOnDisconnect, ClientDisconnected, disconnect_watcher
from graphql_app.http.lifespan import Services
from graphql_app.http.logging import (
    begin_log_context,
    bind_errors,
    bind_log_context,
    bind_operation,
    bind_response,
    log_context,
)
from graphql_app.http.request import HttpRequest, client_address, client_application, identify
from graphql_app.identity.tokens import Credentials
from graphql_app.viewer import Viewer

log = structlog.get_logger("workline.http")

COST_HEADER, REPORT = b"graphql-cost", b"report"
"""Header, and its value, of a request whose response describes the cost."""
TOO_MANY_STREAMS = "The server has no room for another subscription over HTTP. Try again, or use a WebSocket."
STOPPING = "The server is stopping and could not complete the operation in time."


class SubscriptionInBatch(BadRequest):
    """Subscription in a batch, whose response is one JSON array."""

    message = "A subscription cannot be part of a batch."


class BatchBudget:
    """Bytes that are left for the responses to a batch. Operations that run at the same time share it."""

    def __init__(self, limit: int) -> None:
        self._limit = self._left = limit

    @property
    def is_spent(self) -> bool:
        return self._left <= 0

    def spend(self, response: GraphQLResponse) -> GraphQLResponse:
        """Return the response, or an error in its place if it does not fit.

        The response to a mutation is kept, because the mutation has taken effect.
        """
        if response.encoded is None:
            response.encoded = encode(response.body)
        size = len(response.encoded)
        if size > self._left and response.operation != "mutation":
            return self.error()
        self._left -= size
        return response

    def error(self) -> GraphQLResponse:
        """Return the response to an operation that has no bytes left."""
        return not_executed(request_error(ResponseTooLarge(self._limit)))


async def execute(operation: GraphQLRequest, request: HttpRequest, services: Services) -> GraphQLResponse:
    """Return the executor's response, or an error response if there is none. Raises ClientDisconnected."""
    bind_operation(operation)
    try:
        found = await _identify([operation], request, services)
        with services.drain.operations, CancelOnDisconnect(disconnect_watcher(request.scope, request.receive)):
            response = await services.executor.execute(
                operation, viewer=found.viewer if found else None, read_only=request.method != "POST"
            )
        if response.events is not None and services.drain.streams.running >= services.settings.max_streams:
            await response.events.aclose()
            response = not_executed(request_error(Unavailable(TOO_MANY_STREAMS)))
        if found is not None and response.events is not None:
            response.expires_at, response.viewer = found.expires_at, found.viewer
    except RequestError as error:
        response = not_executed(request_error(error))
    except asyncio.CancelledError as cancelled:
        response = _stopped(cancelled, services)
    bind_response(response)
    return response


async def _identify(
    operations: Sequence[GraphQLRequest], request: HttpRequest, services: Services
) -> Credentials | None:
    """Return the credentials of a request, or None. Sets the client, and the token's error, on the operations."""
    address, agent = client_address(request.scope), request.header(b"user-agent") or ""
    reports_cost = request.headers.get(COST_HEADER) == REPORT
    name, version = client_application(request.headers)
    found, rejected = None, None
    try:
        found = await identify(request.header(b"authorization"), address, services.authenticator)
    except RequestError as error:
        rejected = error
    for operation in operations:
        operation.client_address, operation.user_agent, operation.rejected = address, agent, rejected
        operation.client_name, operation.client_version = name, version
        operation.reports_cost |= reports_cost
    return found


def _stopped(cancelled: asyncio.CancelledError, services: Services) -> GraphQLResponse:
    """Return the response to an operation that was cancelled by the server's shutdown. Raises other cancellations."""
    if not services.drain.begun:
        raise cancelled
    if isinstance(cancelled, PartlyCommitted):
        return cancelled.response
    return not_executed(request_error(Unavailable(STOPPING)))


async def execute_batch(
    operations: Sequence[GraphQLRequest], request: HttpRequest, services: Services
) -> list[GraphQLResponse]:
    """Return the responses to the operations of a batch, in their order. Raises ClientDisconnected.

    Each operation is executed like a separate request. Some of them run concurrently. Once the responses reach the
    maximum size of one response, no further operation starts.
    """
    bind_log_context(batch=len(operations))
    found = await _identify(operations, request, services)
    viewer = found.viewer if found else None
    slots = asyncio.Semaphore(services.settings.socket_operations)
    budget = BatchBudget(services.settings.max_response_bytes)
    tasks = [asyncio.create_task(_execute_one(each, viewer, services, slots, budget)) for each in operations]
    try:
        with CancelOnDisconnect(disconnect_watcher(request.scope, request.receive)):
            await asyncio.wait(tasks)
    except (asyncio.CancelledError, ClientDisconnected) as reason:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        if isinstance(reason, ClientDisconnected) or not services.drain.begun:
            raise
    responses = [task.result() for task in tasks]
    bind_errors({"errors": [error for each in responses for error in each.body.get("errors", ())]})
    return responses


async def _execute_within(
    operation: GraphQLRequest, viewer: Viewer | None, services: Services, budget: BatchBudget
) -> GraphQLResponse:
    """Return the response to an operation of a batch, or an error if no bytes are left or it is a subscription."""
    if budget.is_spent:
        return budget.error()
    response = await services.executor.execute(operation, viewer=viewer, read_only=False)
    if response.events is not None:
        await response.events.aclose()
        return not_executed(request_error(SubscriptionInBatch()))
    return budget.spend(response)


async def _execute_one(
    operation: GraphQLRequest,
    viewer: Viewer | None,
    services: Services,
    slots: asyncio.Semaphore,
    budget: BatchBudget,
) -> GraphQLResponse:
    """Return the response to one operation of a batch, with its own log context and log line."""
    begin_log_context(**log_context())
    bind_operation(operation)
    started = time.perf_counter()
    try:
        async with slots:
            with services.drain.operations:
                response = await _execute_within(operation, viewer, services, budget)
    except asyncio.CancelledError as cancelled:
        response = _stopped(cancelled, services)
    except Exception as bug:
        response = not_executed(masked_error(bug))
    bind_response(response)
    log.info("operation", duration_ms=round((time.perf_counter() - started) * 1000, 1))
    return response
