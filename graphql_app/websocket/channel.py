"""Message channel of one socket, and the backlog of bytes that wait for a slow client."""

import asyncio
from collections.abc import Awaitable

from starlette.websockets import WebSocket, WebSocketDisconnect

from graphql_app.execution.encoding import encode
from graphql_app.http.request import client_address, client_application, request_headers
from graphql_app.websocket.protocol import ClientClosed, CloseReason, SlowReader

REASON_BYTES = 123
"""Maximum bytes of a reason in a close frame, without the code."""


class Backlog:
    """Count of waiting bytes, with room for more while it is below ``limit``. It may exceed the limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting = 0
        self._has_room = asyncio.Event()
        self._has_room.set()

    def add(self, count: int) -> None:
        """Add ``count`` bytes, or subtract them if it is negative."""
        self._waiting += count
        if self._waiting < self._limit:
            self._has_room.set()
        else:
            self._has_room.clear()

    async def wait_for_room(self) -> None:
        """Wait until the count is below the limit."""
        await self._has_room.wait()


class Channel:
    """Message channel of one socket. After either side closes, sending and receiving raise :class:`ClientClosed`.

    A message is written when the transport has accepted the previous one. The others wait here, counted by ``backlog``.
    Await room in ``backlog`` *before* computing an answer.
    """

    def __init__(self, websocket: WebSocket, buffer_bytes: int) -> None:
        self.client_address = client_address(websocket.scope)
        self.user_agent = websocket.headers.get("user-agent", "")
        self.client_name, self.client_version = client_application(request_headers(websocket.scope))
        self._websocket = websocket
        self._open = True
        self._write_lock = asyncio.Lock()
        self.backlog = Backlog(buffer_bytes)
        """Bytes of messages that wait to be sent."""

    async def receive(self) -> str | None:
        """Return the text of the next frame, or None for a binary one.

        Raises SlowReader if the server's protocol has closed the socket for that reason, otherwise ClientClosed.
        """
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            self._open = False
            raise SlowReader if message.get("code") == SlowReader.code else ClientClosed
        text: str | None = message.get("text")
        return text

    def send(self, type: str, **fields: object) -> Awaitable[None]:
        """Encode one message of the protocol, and return an awaitable that sends it.

        Only bytes wait for a slow client.
        """
        return self._send(encode({"type": type, **fields}))

    async def _send(self, message: bytes) -> None:
        self.backlog.add(len(message))
        try:
            async with self._write_lock:
                if not self._open:
                    raise ClientClosed
                await self._websocket.send_text(message.decode())
        except WebSocketDisconnect:
            self._open = False
            raise ClientClosed from None
        finally:
            self.backlog.add(-len(message))

    async def close(self, reason: CloseReason) -> None:
        """Close the socket with the code and reason of ``reason``, unless the client has disconnected."""
        if not self._open:
            return
        self._open = False
        text = str(reason).encode()[:REASON_BYTES].decode(errors="ignore")
        try:
            await self._websocket.close(reason.code, text)
        except WebSocketDisconnect:
            return
