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


class Operations:
    """Tasks of operations by the client's ids. Each is cancelled at most once, so that its clean-up is not interrupted.

    Up to ``max_running`` of them run at the same time, the others wait for a slot. Await the room of ``backlog`` before
    another one is started.
    """

    def __init__(self, on_idle: Callable[[], None], max_running: int, buffer_bytes: int) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._on_idle = on_idle
        self._slots = asyncio.Semaphore(max_running)
        self.backlog = Backlog(buffer_bytes)
        """Characters of requests that run or wait for a slot."""

    def __len__(self) -> int:
        return len(self._tasks)

    def __contains__(self, id: str) -> bool:
        return id in self._tasks

    def start(self, id: str, work: Callable[[], Coroutine[object, None, None]], request_bytes: int) -> None:
        """Run ``work`` under ``id`` when a slot is free. The id is free again when it ends."""
        task = asyncio.create_task(self._run(work))
        self._tasks[id] = task
        self.backlog.add(request_bytes)
        task.add_done_callback(lambda done: self._ended(id, done, request_bytes))

    def cancel(self, id: str) -> None:
        """Cancel an operation. Its id is free at once, even if the task still has to clean up."""
        task = self._tasks.pop(id, None)
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

    async def _run(self, work: Callable[[], Coroutine[object, None, None]]) -> None:
        async with self._slots:
            await work()

    def _ended(self, id: str, task: asyncio.Task[None], request_bytes: int) -> None:
        self._ending.discard(task)
        self.backlog.add(-request_bytes)
        if self._tasks.get(id) is task:
            del self._tasks[id]
        if not self._tasks:
            self._on_idle()


async def answer(message: Subscribe, channel: Channel, viewer: Viewer | None, services: Services) -> None:
    """Execute ``message`` and send the answer: `next` for each response, then `complete`, or one `error`.

    Each operation is a request of its own, with its own id and its own context.
    """
    begin_log_context(**log_context(), request_id=request_id(None))
    message.request.client_address = channel.client_address
    bind_operation(message.request)
    started = time.perf_counter()
    try:
        with services.drain.operations:
            await _send(message.id, channel, responses(message.request, viewer, services))
    except ClientClosed:
        bind_log_context(cancelled=True)
    except asyncio.CancelledError:
        bind_log_context(cancelled=True)
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
