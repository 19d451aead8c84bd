"""Endpoint of `/graphql` over WebSocket."""

import time

import structlog
from starlette.websockets import WebSocket

from graphql_app.execution.failures import masked
from graphql_app.http.notes import begin_notes
from graphql_app.http.request_id import HEADER, request_id
from graphql_app.http.services import Services, services_of
from graphql_app.http.websocket.channel import Channel
from graphql_app.http.websocket.closing import Closing, ServerFailed, ServiceRestart, WrongSubprotocol
from graphql_app.http.websocket.conversation import Conversation

SUBPROTOCOL = "graphql-transport-ws"

log = structlog.get_logger("workline.websocket")


async def graphql_socket(websocket: WebSocket) -> None:
    """Accept a socket, serve it, and log it when it is closed."""
    services = services_of(websocket.scope)
    channel = Channel(websocket, services.settings.socket_buffer_bytes)
    begin_notes(socket_id=request_id(websocket.headers.get(HEADER)), client=channel.client_address)
    started = time.perf_counter()
    offered = SUBPROTOCOL in websocket.scope["subprotocols"]
    # a client of another subprotocol is accepted too: otherwise it receives no close code and reason
    await websocket.accept(SUBPROTOCOL if offered else None)
    conversation = Conversation(channel, services, websocket.headers.get("authorization"))
    why = await _serve(conversation, channel, services, offered)
    seconds = round(time.perf_counter() - started, 3)
    log.info("socket closed", path=websocket.url.path, code=why.code, reason=str(why), duration_s=seconds)


async def _serve(conversation: Conversation, channel: Channel, services: Services, offered: bool) -> Closing:
    with services.drain.socket(conversation.retire):
        try:
            why = await _hold(conversation, services) if offered else WrongSubprotocol()
            await channel.close(why)
        finally:
            await conversation.stop()
    return why


async def _hold(conversation: Conversation, services: Services) -> Closing:
    if services.drain.begun:
        return ServiceRestart()
    try:
        return await conversation.hold()
    except Exception as bug:
        masked(bug)
        return ServerFailed()
