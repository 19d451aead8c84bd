"""Messages over one socket, out and in."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from graphql_app.execution.encoding import encode
from graphql_app.http.client_address import client_address
from graphql_app.http.websocket.backlog import Backlog
from graphql_app.http.websocket.closing import ClientClosed, Closing, SlowReader

REASON_BYTES = 123
"""What fits into a close frame beside the code."""


class Channel:
    """Sends and receives until either side closes; afterwards both raise :class:`ClientClosed`.

    Messages are written one after the other, each when the transport has passed on the one before: all others wait
    here, counted by ``backlog``, whose room is to be awaited *before* an answer is made.
    """

    def __init__(self, websocket: WebSocket, buffer_bytes: int) -> None:
        self.client_address = client_address(websocket.scope)
        self._websocket = websocket
        self._open = True
        self._turn = asyncio.Lock()
        self.backlog = Backlog(buffer_bytes)
        """Messages that wait to be sent."""

    async def receive(self) -> str | None:
        """Return the text of the next frame, or None for a binary one.

        Raises SlowReader if the server's protocol has closed the socket for that reason, and else ClientClosed.
        """
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            self._open = False
            raise SlowReader if message.get("code") == SlowReader.code else ClientClosed
        text: str | None = message.get("text")
        return text

    def send(self, type: str, **fields: Any) -> Awaitable[None]:
        """Send one message of the protocol. It is encoded by the call: only its bytes wait for a slow client."""
        return self._send(encode({"type": type, **fields}))

    async def _send(self, message: bytes) -> None:
        self.backlog.add(len(message))
        try:
            async with self._turn:
                if not self._open:
                    raise ClientClosed
                await self._websocket.send_text(message.decode())
        except WebSocketDisconnect:
            self._open = False
            raise ClientClosed from None
        finally:
            self.backlog.add(-len(message))

    async def close(self, why: Closing) -> None:
        """Close the socket with the code and reason of ``why``; nothing is sent to a client that is gone."""
        if not self._open:
            return
        self._open = False
        reason = str(why).encode()[:REASON_BYTES].decode(errors="ignore")
        try:
            await self._websocket.close(why.code, reason)
        except WebSocketDisconnect:
            return
