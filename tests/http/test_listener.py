"""Listeners: even shares of several processes, and no lost connection."""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from graphql_app.http import listener
from graphql_app.http.listener import ABSENT, Listener, Share
from tests.http.serving import until

Accepting = Callable[..., Awaitable[list[socket.socket]]]


@pytest.fixture
def bound() -> socket.socket:
    """Return a socket on a free port."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound


@pytest.fixture
async def accepting() -> AsyncIterator[Accepting]:
    """Return a function that starts a listener like another process, and returns the list of accepted connections."""
    async with AsyncExitStack() as stack:

        async def start(bound: socket.socket, counts: list[int], index: int) -> list[socket.socket]:
            accepted: list[socket.socket] = []
            share = Share(counts, index)
            share.count(0)

            async def connect(connection: socket.socket) -> None:
                accepted.append(stack.enter_context(connection))
                share.count(len(accepted))

            started = Listener(bound, connect, backlog=100, share=share if len(counts) > 1 else None)
            started.start()
            stack.push_async_callback(started.stop)
            return accepted

        yield start


async def connected(bound: socket.socket, number: int, accepted: list[list[socket.socket]]) -> None:
    """Make connections, one after the other, and wait until all of them are accepted."""
    before = sum(map(len, accepted))
    for count in range(1, number + 1):
        _, writer = await asyncio.open_connection(*bound.getsockname())
        await until(lambda: sum(map(len, accepted)) == before + count)  # noqa: B023 (awaited here)
        writer.close()


def copy(bound: socket.socket) -> socket.socket:
    return socket.socket(fileno=os.dup(bound.fileno()))


async def test_processes_on_one_socket_share_connections_evenly(bound: socket.socket, accepting: Accepting) -> None:
    counts = [ABSENT] * 3
    accepted = [await accepting(copy(bound), counts, index) for index in range(3)]
    with bound:
        await connected(bound, 60, accepted)
    assert [len(each) for each in accepted] == [20, 20, 20]


async def test_a_busy_process_with_fewer_connections_does_not_delay_accepting(
    bound: socket.socket, accepting: Accepting
) -> None:
    counts = [ABSENT, 0]  # the second one is busy
    accepted = await accepting(bound, counts, 0)
    await connected(bound, 20, [accepted])
    assert counts == [20, 0]


async def test_a_stopped_process_does_not_count(bound: socket.socket, accepting: Accepting) -> None:
    counts = [ABSENT, ABSENT]
    await accepting(bound, counts, 0)
    counts[0] = 1_000
    assert not Share(counts, 0).is_ahead


async def test_waiting_connections_are_accepted_when_the_listener_stops(bound: socket.socket) -> None:
    accepted: list[socket.socket] = []

    async def connect(connection: socket.socket) -> None:
        await asyncio.sleep(0)
        accepted.append(connection)

    only = Listener(bound, connect, backlog=10, share=None)
    only.start()
    waiting = [socket.create_connection(bound.getsockname()) for _ in range(5)]  # the event loop has not run since
    await only.stop()
    assert not only.is_open
    assert len(accepted) == 5
    for each in (*waiting, *accepted):
        each.close()


class Exhausted(socket.socket):
    """Socket whose first attempt to accept a connection finds no file descriptor."""

    attempts = 0

    def accept(self) -> Any:
        self.attempts += 1
        if self.attempts == 1:
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


async def test_the_listener_retries_later_without_a_free_file_descriptor(
    monkeypatch: pytest.MonkeyPatch, accepting: Accepting, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listener, "EXHAUSTED_PAUSE", 0.01)
    bound = Exhausted()
    bound.bind(("127.0.0.1", 0))
    accepted = await accepting(bound, [ABSENT], 0)
    await connected(bound, 1, [accepted])
    assert len(accepted) == 1
    assert "Raise the limit of open files" in caplog.text
