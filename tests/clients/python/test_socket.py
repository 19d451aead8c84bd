"""Operations of gql over WebSocket."""

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportConnectionFailed, TransportQueryError
from gql.transport.websockets import WebsocketsTransport
from websockets.exceptions import ConnectionClosed

VIEWER = gql("{ viewer { user { email } } }")


@pytest.fixture
def socket_url(url: str) -> str:
    return url.replace("http", "ws", 1)


def transport(url: str, payload: dict[str, str]) -> WebsocketsTransport:
    return WebsocketsTransport(url=url, init_payload=payload, subprotocols=["graphql-transport-ws"])


async def test_operations_run_on_one_socket(socket_url: str, bearer: dict[str, str]) -> None:
    async with Client(transport=transport(socket_url, bearer)) as session:
        for _ in range(2):
            answer = await session.execute(VIEWER)
            assert answer == {"viewer": {"user": {"email": "owner@north.example"}}}


async def test_a_wrong_token_closes_the_socket(socket_url: str) -> None:
    with pytest.raises(TransportConnectionFailed) as caught:
        async with Client(transport=transport(socket_url, {"authorization": "Bearer wrong"})):
            pass
    closed = caught.value.__cause__
    assert isinstance(closed, ConnectionClosed)
    assert closed.rcvd is not None
    assert (closed.rcvd.code, closed.rcvd.reason) == (4403, "Forbidden")


async def test_an_operation_without_a_token_is_refused(socket_url: str) -> None:
    async with Client(transport=transport(socket_url, {})) as session:
        with pytest.raises(TransportQueryError) as caught:
            await session.execute(VIEWER)
    assert caught.value.errors is not None
    assert caught.value.errors[0]["extensions"]["code"] == "UNAUTHENTICATED"
