"""Conversation on one socket by the `graphql-transport-ws` protocol."""

import asyncio
from datetime import UTC, datetime

from graphql_app.errors import RequestError, Unavailable
from graphql_app.execution.failures import request_error
from graphql_app.http.identification import identify
from graphql_app.http.services import Services
from graphql_app.http.websocket import closing
from graphql_app.http.websocket.answering import answer
from graphql_app.http.websocket.channel import Channel
from graphql_app.http.websocket.messages import (
    ClientMessage,
    Complete,
    ConnectionInit,
    Ping,
    Pong,
    Subscribe,
    bare_token,
    parse_message,
)
from graphql_app.http.websocket.operations import Operations
from graphql_app.viewer import Viewer

INITIALISATION_TIMEOUT = 10.0
MAX_OPERATIONS = 100
"""Most operations that run or wait for their turn on one socket."""


class Conversation:
    """State of one socket, from the handshake until it is closed.

    The viewer is that of the token in ``connection_init``, or else of the ``Authorization`` header of the handshake.
    """

    def __init__(self, channel: Channel, services: Services, authorization: str | None) -> None:
        settings = services.settings
        self._channel = channel
        self._services = services
        self._authorization = authorization
        self._operations = Operations(self._when_idle, settings.socket_operations, settings.socket_buffer_bytes)
        self._viewer: Viewer | None = None
        self._initialised = False
        self._retiring = False
        # one timer for all ends of a conversation that no message causes
        self._clock = asyncio.timeout(INITIALISATION_TIMEOUT)
        self._reason: closing.Closing = closing.InitialisationTimeout()
        self._listening = False

    async def hold(self) -> closing.Closing:
        """Process messages until either side ends the conversation, and return the reason.

        Running operations continue.
        """
        self._listening = True
        try:
            async with self._clock:
                while True:
                    await self._hear(parse_message(await self._channel.receive()))
        except closing.Closing as reason:
            return reason
        except TimeoutError:
            if not self._clock.expired():
                raise
        finally:
            self._listening = False
        return self._reason

    async def stop(self) -> None:
        """Cancel all running operations and wait until they have ended."""
        await self._operations.stop()

    def retire(self) -> None:
        """Begin no new operation, and close the socket when the running ones have ended."""
        self._retiring = True
        if not self._operations:
            self._when_idle()

    async def _hear(self, message: ClientMessage) -> None:
        match message:
            case ConnectionInit(tokens):
                await self._initialise(tokens)
            case Subscribe():
                await self._subscribe(message)
            case Complete(id):
                self._operations.cancel(id)
            case Ping(payload):
                await self._channel.send("pong", **({} if payload is None else {"payload": payload}))
            case Pong():
                pass

    async def _initialise(self, tokens: frozenset[str]) -> None:
        if self._initialised:
            raise closing.InitialisedTwice
        self._initialised = True
        if not tokens and self._authorization is not None:
            tokens = frozenset({bare_token(self._authorization)})
        if len(tokens) > 1:
            raise closing.TokenRejected("Forbidden: more than one token")
        self._identify(next(iter(tokens), None))
        await self._channel.send("connection_ack")

    def _identify(self, token: str | None) -> None:
        """Set the viewer for all later operations. The socket closes when the token expires."""
        try:
            found = identify(None if token is None else f"Bearer {token}", self._services.tokens)
        except RequestError:
            raise closing.TokenRejected from None
        if found is None:
            self._end_in(None, closing.TokenRejected())
            return
        self._viewer = found.viewer
        left = found.expires_at - datetime.now(UTC)
        self._end_in(left.total_seconds(), closing.TokenRejected("The token has expired"))

    async def _subscribe(self, message: Subscribe) -> None:
        if not self._initialised:
            raise closing.NotInitialised
        if message.id in self._operations:
            raise closing.DuplicateOperation
        if self._retiring or len(self._operations) >= MAX_OPERATIONS:
            refusal = Unavailable(
                "The server is stopping." if self._retiring else "Too many operations on this socket."
            )
            await self._channel.send("error", id=message.id, payload=[request_error(refusal)])
            return
        self._operations.start(message.id, lambda: self._answer(message), message.size)
        await self._operations.backlog.room()

    async def _answer(self, message: Subscribe) -> None:
        await self._channel.backlog.room()
        await answer(message, self._channel, self._viewer, self._services)

    def _when_idle(self) -> None:
        if self._retiring:
            self._end_in(0, closing.ServiceRestart())

    def _end_in(self, seconds: float | None, reason: closing.Closing) -> None:
        """End the conversation after ``seconds``, for ``reason``. None removes the time limit."""
        if not self._listening:
            return
        self._reason = reason
        self._clock.reschedule(None if seconds is None else asyncio.get_running_loop().time() + seconds)
