"""Execution of one operation of a socket, with the messages of its answer and its log line."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

import structlog
from orjson import Fragment

from graphql_app.execution.failures import masked
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.http.notes import begin_notes, note, note_errors, note_operation, note_response, noted
from graphql_app.http.request_id import request_id
from graphql_app.http.services import Services
from graphql_app.http.websocket.channel import Channel
from graphql_app.http.websocket.closing import ClientClosed
from graphql_app.http.websocket.messages import Subscribe
from graphql_app.viewer import Viewer

log = structlog.get_logger("workline.websocket")


async def answer(message: Subscribe, channel: Channel, viewer: Viewer | None, services: Services) -> None:
    """Execute ``message`` and send the answer: `next` for each response, then `complete`, or one `error`.

    Each operation is a request of its own, with its own id and its own context.
    """
    begin_notes(**noted(), request_id=request_id(None))
    message.request.client_address = channel.client_address
    note_operation(message.request)
    started = time.perf_counter()
    try:
        with services.drain.operations:
            await _send(message.id, channel, responses(message.request, viewer, services))
    except ClientClosed:
        note(cancelled=True)
    except asyncio.CancelledError:
        note(cancelled=True)
        raise
    finally:
        log.info("operation", duration_ms=round((time.perf_counter() - started) * 1000, 1))


async def responses(
    request: GraphQLRequest, viewer: Viewer | None, services: Services
) -> AsyncGenerator[GraphQLResponse]:
    """Yield the responses to an operation: one for a query or mutation."""
    yield await services.executor.execute(request, viewer=viewer, read_only=False)


async def _send(id: str, channel: Channel, answers: AsyncGenerator[GraphQLResponse]) -> None:
    try:
        async with aclosing(answers):
            async for response in answers:
                note_response(response)
                if not response.executed:
                    await channel.send("error", id=id, payload=response.body["errors"])
                    return
                payload = response.body if response.encoded is None else Fragment(response.encoded)
                sending = channel.send("next", id=id, payload=payload)
                del response, payload  # only the encoded message waits for a slow client
                await sending
    except ClientClosed:
        raise
    except Exception as bug:
        entry = masked(bug)
        note_errors({"errors": [entry]})
        await channel.send("error", id=id, payload=[entry])
        return
    await channel.send("complete", id=id)
