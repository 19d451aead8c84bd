"""Messages over one socket, out and in."""

from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from graphql_app.execution.encoding import encode
from graphql_app.http.client_address import client_address
from graphql_app.http.websocket.closing import ClientClosed, Closing

REASON_BYTES = 123
"""What fits into a close frame beside the code."""


class Channel:
    """Sends and receives until either side closes; afterwards both raise :class:`ClientClosed`."""

    def __init__(self, websocket: WebSocket) -> None:
        self.client_address = client_address(websocket.scope)
        self._websocket = websocket
        self._open = True

    async def receive(self) -> str | None:
        """The text of the next frame; None for a binary one."""
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            self._open = False
            raise ClientClosed
        text: str | None = message.get("text")
        return text

    async def send(self, type: str, **fields: Any) -> None:
        """Send one message of the protocol."""
        if not self._open:
            raise ClientClosed
        text = encode({"type": type, **fields}).decode()
        try:
            await self._websocket.send_text(text)
        except WebSocketDisconnect:
            self._open = False
            raise ClientClosed from None

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
