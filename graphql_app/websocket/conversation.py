"""Protocol state machine of one socket (`graphql-transport-ws`)."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial

from graphql_app.errors import RequestError, Unavailable
from graphql_app.execution.errors import request_error
from graphql_app.execution.request import IncrementalForm
from graphql_app.http.lifespan import Services
from graphql_app.http.request import identify
from graphql_app.viewer import Viewer
from graphql_app.websocket import protocol
from graphql_app.websocket.answering import OperationTasks, answer
from graphql_app.websocket.bounds import MessageRate, SocketCounts
from graphql_app.websocket.channel import Channel
from graphql_app.websocket.protocol import (
    ClientMessage,
    Complete,
    ConnectionInit,
    Ping,
    Pong,
    Subscribe,
    bare_token,
    parse_message,
)

INITIALISATION_TIMEOUT = 10.0
"""Seconds for the client to send ``connection_init``."""


class Conversation:
    """State of one socket, from the handshake until it is closed.

    The viewer comes from the token in ``connection_init``, or else from the ``Authorization`` header of the handshake.
    """

    def __init__(self, channel: Channel, services: Services, authorization: str | None, counts: SocketCounts) -> None:
        settings = services.settings
        self._counts, self._rate = counts, MessageRate(settings.socket_messages)
        self._max_operations = settings.max_socket_operations
        self._channel = channel
        self._services = services
        self._authorization = authorization
        self._operations = OperationTasks(self._on_idle, settings.socket_operations, settings.socket_buffer_bytes)
        self._viewer: Viewer | None = None
        self._incremental: IncrementalForm | None = None
        self._initialized = False
        self._retiring = False
        # one timer for all reasons to close the socket that are not messages
        self._clock = asyncio.timeout(INITIALISATION_TIMEOUT)
        self._reason: protocol.CloseReason = protocol.InitializationTimeout()
        self._listening = False
        self._watching = ExitStack()

    async def run(self) -> protocol.CloseReason:
        """Process messages until either side closes the socket, and return the reason.

        Running operations continue.
        """
        self._listening = True
        try:
            async with self._clock:
                while True:
                    text = await self._channel.receive()
                    self._rate.count()
                    await self._handle(parse_message(text))
        except protocol.CloseReason as reason:
            return reason
        except TimeoutError:
            if not self._clock.expired():
                raise
        finally:
            self._listening = False
        return self._reason

    async def stop(self) -> None:
        """Cancel all running operations and wait until they have ended."""
        self._watching.close()
        await self._operations.stop()

    def retire(self) -> None:
        """Accept no new operations, and close the socket when the running ones have ended. Subscriptions end now."""
        self._retiring = True
        self._operations.cancel_streams()
        if not self._operations:
            self._on_idle()

    async def _handle(self, message: ClientMessage) -> None:
        match message:
            case ConnectionInit(tokens, incremental):
                self._incremental = incremental
                await self._initialize(tokens)
            case Subscribe():
                await self._subscribe(message)
            case Complete(id):
                self._operations.cancel(id)
            case Ping(payload):
                await self._channel.send("pong", **({} if payload is None else {"payload": payload}))
            case Pong():
                pass

    async def _initialize(self, tokens: frozenset[str]) -> None:
        if self._initialized:
            raise protocol.InitializedTwice
        self._initialized = True
        if not tokens and self._authorization is not None:
            tokens = frozenset({bare_token(self._authorization)})
        if len(tokens) > 1:
            raise protocol.TokenRejected("Forbidden: more than one token")
        await self._identify(next(iter(tokens), None))
        await self._channel.send("connection_ack")

    async def _identify(self, token: str | None) -> None:
        """Set the viewer for all later operations. The socket closes when the token expires."""
        authorization = None if token is None else f"Bearer {token}"
        try:
            found = await identify(authorization, self._channel.client_address, self._services.authenticator)
        except Unavailable:
            raise protocol.TryAgainLater from None
        except RequestError:
            raise protocol.TokenRejected from None
        if found is None:
            self._close_in(None, protocol.TokenRejected())
            return
        self._viewer, settings = found.viewer, self._services.settings
        owner = (found.viewer.organization_id, found.viewer.user_id)
        self._watching.enter_context(self._counts.counted(owner, settings.max_sockets_per_viewer))
        end = partial(self._close_in, 0, protocol.TokenRejected("Access has ended"))
        self._watching.enter_context(self._services.watched(found.viewer, end))
        left = None if found.expires_at is None else (found.expires_at - datetime.now(UTC)).total_seconds()
        self._close_in(left, protocol.TokenRejected("The token has expired"))

    async def _subscribe(self, message: Subscribe) -> None:
        if not self._initialized:
            raise protocol.NotInitialized
        if message.id in self._operations:
            raise protocol.DuplicateOperation
        if self._retiring or len(self._operations) >= self._max_operations:
            too_many = f"At most {self._max_operations:,} operations may run on one socket."
            error = Unavailable("The server is stopping." if self._retiring else too_many)
            await self._channel.send("error", id=message.id, payload=[request_error(error)])
            return
        message.request.incremental = self._incremental
        self._operations.start(message.id, partial(self._answer, message), message.size)
        await self._operations.backlog.wait_for_room()

    async def _answer(self, message: Subscribe, begin_stream: Callable[[], None]) -> None:
        await self._channel.backlog.wait_for_room()
        await answer(message, self._channel, self._viewer, self._services, begin_stream)

    def _on_idle(self) -> None:
        if self._retiring:
            self._close_in(0, protocol.ServiceRestart())

    def _close_in(self, seconds: float | None, reason: protocol.CloseReason) -> None:
        """Close the socket after ``seconds``, for ``reason``. None removes the time limit."""
        if not self._listening:
            return
        self._reason = reason
        self._clock.reschedule(None if seconds is None else asyncio.get_running_loop().time() + seconds)
