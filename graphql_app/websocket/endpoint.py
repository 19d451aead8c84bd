"""Endpoint of `/graphql` over WebSocket."""

import time

import structlog
from starlette.websockets import WebSocket

from graphql_app.execution.errors import masked_error
from graphql_app.http.cors import OriginPolicy
from graphql_app.http.lifespan import Services, services_of
from graphql_app.http.logging import REQUEST_ID_HEADER, begin_log_context, request_id
from graphql_app.http.request import client_address
from graphql_app.identity.login_limits import counted_network
from graphql_app.websocket.bounds import SocketCounts
from graphql_app.websocket.channel import Channel
from graphql_app.websocket.conversation import Conversation
from graphql_app.websocket.protocol import (
    SUBPROTOCOL,
    CloseReason,
    OriginRefused,
    ServerFailed,
    ServiceRestart,
    WrongSubprotocol,
)

MOST_OF_UNKNOWN = 100_000
"""Sockets of clients whose addresses are unknown, as on a UNIX socket."""

log = structlog.get_logger("workline.websocket")


async def graphql_socket(websocket: WebSocket) -> None:
    """Accept a socket, serve it, and log it when it is closed."""
    services = services_of(websocket.scope)
    socket_id = request_id(websocket.headers.get(REQUEST_ID_HEADER))
    begin_log_context(socket_id=socket_id, client=client_address(websocket.scope))
    channel = Channel(websocket, services.settings.socket_buffer_bytes)
    started = time.perf_counter()
    offered = SUBPROTOCOL in websocket.scope["subprotocols"]
    # a client of another subprotocol is accepted too: otherwise it would receive no close code and reason
    await websocket.accept(SUBPROTOCOL if offered else None)
    counts: SocketCounts = websocket.scope["app"].state.socket_counts
    conversation = Conversation(channel, services, websocket.headers.get("authorization"), counts)
    refusal = _refusal(websocket, services, offered)
    try:
        address = counted_network(channel.client_address)
        most = services.settings.max_sockets_per_address if address else MOST_OF_UNKNOWN
        with counts.counted(address, most):
            reason = await _serve(conversation, channel, services, refusal)
    except CloseReason as refused:
        reason = refused
        await channel.close(refused)
    seconds = round(time.perf_counter() - started, 3)
    log.info("socket closed", path=websocket.url.path, code=reason.code, reason=str(reason), duration_s=seconds)


def _refusal(websocket: WebSocket, services: Services, offered: bool) -> CloseReason | None:
    """Return the reason to close a socket at once, or None."""
    origin, host = websocket.headers.get("origin"), websocket.headers.get("host")
    if not OriginPolicy(services.settings).allows_socket(origin, host):
        return OriginRefused()
    return None if offered else WrongSubprotocol()


async def _serve(
    conversation: Conversation, channel: Channel, services: Services, refusal: CloseReason | None
) -> CloseReason:
    with services.drain.socket(conversation.retire):
        try:
            reason = refusal or await _run(conversation, services)
            await channel.close(reason)
        finally:
            await conversation.stop()
    return reason


async def _run(conversation: Conversation, services: Services) -> CloseReason:
    if services.drain.begun:
        return ServiceRestart()
    try:
        return await conversation.run()
    except Exception as bug:
        masked_error(bug)
        return ServerFailed()
