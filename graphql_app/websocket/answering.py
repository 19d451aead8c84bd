"""Operations of one socket: their tasks, the messages of each answer, and its log line."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing

import structlog
from orjson import Fragment

from graphql_app.execution.errors import masked_error
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.http.lifespan import Services
from graphql_app.http.logging import (
    begin_log_context,
    bind_errors,
    bind_log_context,
    bind_operation,
    bind_response,
    log_context,
    request_id,
)
from graphql_app.viewer import Viewer
from graphql_app.websocket.channel import Backlog, Channel
from graphql_app.websocket.protocol import ClientClosed, Subscribe

log = structlog.get_logger("workline.websocket")

Work = Callable[[Callable[[], None]], Coroutine[object, None, None]]
"""Function that answers an operation. It calls its argument before it waits for events."""


class Slot:
    """Slot of a running operation, and its part in the backlog of requests.

    A subscription frees both when its events begin, since it is then mostly idle.
    """

    def __init__(self, slots: asyncio.Semaphore, backlog: Backlog, request_bytes: int) -> None:
        self._slots, self._backlog, self._request_bytes = slots, backlog, request_bytes
        self._is_taken = self._is_freed = False
        backlog.add(request_bytes)

    async def take(self) -> None:
        """Wait for a slot."""
        await self._slots.acquire()
        self._is_taken = True

    def free(self) -> None:
        """Free the slot, once."""
        if self._is_freed:
            return
        self._is_freed = True
        self._backlog.add(-self._request_bytes)
        if self._is_taken:
            self._slots.release()


class OperationTasks:
    """Tasks of operations by the client's ids. Each is cancelled at most once, so that its clean-up is not interrupted.

    Up to ``max_running`` of them run concurrently; the others wait for a slot. Await room in ``backlog`` before
    starting another operation.
    """

    def __init__(self, on_idle: Callable[[], None], max_running: int, buffer_bytes: int) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._streams: set[str] = set()
        self._on_idle = on_idle
        self._slots = asyncio.Semaphore(max_running)
        self.backlog = Backlog(buffer_bytes)
        """Characters of requests that run or wait for a slot."""

    def __len__(self) -> int:
        return len(self._tasks)

    def __contains__(self, id: str) -> bool:
        return id in self._tasks

    def start(self, id: str, work: Work, request_bytes: int) -> None:
        """Run ``work`` under ``id`` when a slot is free. The id is free again when it ends.

        ``work`` calls its argument when it begins to wait for events.
        """
        slot = Slot(self._slots, self.backlog, request_bytes)
        task = asyncio.create_task(self._run(id, work, slot))
        self._tasks[id] = task
        task.add_done_callback(lambda done: self._ended(id, done, slot))

    def cancel_streams(self) -> None:
        """Cancel all operations that wait for events."""
        for id in list(self._streams):
            self.cancel(id)

    def cancel(self, id: str) -> None:
        """Cancel an operation. Its id is free at once, even if the task has yet to clean up."""
        task = self._tasks.pop(id, None)
        self._streams.discard(id)
        if task is not None:
            self._ending.add(task)
            task.cancel()

    async def stop(self) -> None:
        """Cancel all operations and wait until they have ended."""
        for id in list(self._tasks):
            self.cancel(id)
        while self._ending:
            # not gather, which would cancel them again if this wait is cancelled
            await asyncio.wait(self._ending)

    async def _run(self, id: str, work: Work, slot: Slot) -> None:
        def begin_stream() -> None:
            self._streams.add(id)
            slot.free()

        await slot.take()
        await work(begin_stream)

    def _ended(self, id: str, task: asyncio.Task[None], slot: Slot) -> None:
        slot.free()
        self._ending.discard(task)
        if self._tasks.get(id) is task:
            del self._tasks[id]
            self._streams.discard(id)
        if not self._tasks:
            self._on_idle()


async def answer(
    message: Subscribe, channel: Channel, viewer: Viewer | None, services: Services, begin_stream: Callable[[], None]
) -> None:
    """Execute ``message`` and send the answer: `next` for each response, then `complete`, or one `error`.

    Calls ``begin_stream`` before it waits for the events of a subscription.

    Each operation is a separate request, with its own id and context.
    """
    begin_log_context(**log_context(), request_id=request_id(None))
    message.request.client_address, message.request.user_agent = channel.client_address, channel.user_agent
    message.request.client_name, message.request.client_version = channel.client_name, channel.client_version
    bind_operation(message.request)
    started = time.perf_counter()
    try:
        with services.drain.operations:
            await _send(message.id, channel, responses(message.request, viewer, services, begin_stream))
    except ClientClosed:
        bind_log_context(cancelled=True)
    except asyncio.CancelledError:
        bind_log_context(cancelled=True)
        raise
    finally:
        log.info("operation", duration_ms=round((time.perf_counter() - started) * 1000, 1))


async def responses(
    request: GraphQLRequest, viewer: Viewer | None, services: Services, begin_stream: Callable[[], None]
) -> AsyncGenerator[GraphQLResponse]:
    """Yield the responses to an operation: one for a query or mutation, one for each part or event."""
    response = await services.executor.execute(request, viewer=viewer, read_only=False)
    found = response.events or response.parts
    if found is None:
        yield response
        return
    if response.events is not None:
        begin_stream()
    async with aclosing(found) as events:
        async for each in events:
            yield each


async def _send(id: str, channel: Channel, answers: AsyncGenerator[GraphQLResponse]) -> None:
    try:
        async with aclosing(answers):
            async for response in answers:
                bind_response(response)
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
        entry = masked_error(bug)
        bind_errors({"errors": [entry]})
        await channel.send("error", id=id, payload=[entry])
        return
    await channel.send("complete", id=id)
