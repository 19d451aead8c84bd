"""Client address: that of the peer, or the one that trusted proxies send."""

from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from tests.http.toy import Trace, toy_app, toy_settings

HELLO = {"query": "{ hello }"}
FORWARDED = "x-forwarded-for"
CLIENT, PROXY, OUTER = "203.0.113.9", "10.0.0.1", "198.51.100.7"


async def seen(trace: Trace, peer: str, headers: list[tuple[str, str]], proxies: str = "") -> str:
    """Return the client address with which a request is executed."""
    app = toy_app(toy_settings(trusted_proxies=proxies), trace)
    transport = httpx.ASGITransport(app, client=(peer, 50_000))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://server") as client,
    ):
        assert (await client.post("/graphql", json=HELLO, headers=headers)).status_code == 200
    return trace.addresses[-1]


@pytest.mark.parametrize("header", [FORWARDED, "forwarded", "x-real-ip", "client-ip"])
async def test_forwarded_headers_are_ignored_without_trusted_proxies(trace: Trace, header: str) -> None:
    value = f"for={OUTER}" if header == "forwarded" else OUTER
    assert await seen(trace, CLIENT, [(header, value)]) == CLIENT
    assert await seen(trace, "127.0.0.1", [(header, value)]) == "127.0.0.1"


async def test_forwarded_headers_of_an_untrusted_peer_are_ignored(trace: Trace) -> None:
    assert await seen(trace, CLIENT, [(FORWARDED, OUTER)], PROXY) == CLIENT


@pytest.mark.parametrize(
    ("values", "address"),
    [
        ([CLIENT], CLIENT),
        ([f"{OUTER}, {CLIENT}"], CLIENT),
        ([OUTER, CLIENT], CLIENT),
        ([f"{OUTER}, {CLIENT}, 10.0.0.2", "10.9.9.9"], CLIENT),
        ([f"{PROXY}, {CLIENT}"], CLIENT),
        ([f"{CLIENT}:4711"], CLIENT),
        (["[2001:db8::1]:4711"], "2001:db8::1"),
        (["2001:DB8:0::1"], "2001:db8::1"),
        (["10.0.0.2, 10.0.0.3"], "10.0.0.2"),
        ([""], PROXY),
        ([f"{CLIENT}, unknown"], ""),
    ],
)
async def test_the_header_is_read_from_the_right_past_trusted_proxies(
    trace: Trace, values: list[str], address: str
) -> None:
    headers = [(FORWARDED, value) for value in values]
    assert await seen(trace, PROXY, headers, "192.0.2.1, 10.0.0.0/8") == address


@pytest.mark.parametrize(
    ("proxy", "trusted"),
    [("::ffff:10.0.0.1", "10.0.0.0/8"), ("2001:db8:1::5", "2001:db8:1::/48"), ("2001:DB8::0:5", "2001:db8::5")],
)
async def test_a_proxy_is_trusted_by_its_ipv4_and_mapped_ipv6_address(trace: Trace, proxy: str, trusted: str) -> None:
    assert await seen(trace, proxy, [(FORWARDED, CLIENT)], trusted) == CLIENT


async def test_the_header_forwarded_is_ignored(trace: Trace) -> None:
    headers = [("forwarded", f"for={OUTER}"), (FORWARDED, CLIENT)]
    assert await seen(trace, PROXY, headers, PROXY) == CLIENT


@pytest.mark.parametrize("proxies", ["*", "proxy.example", "10.0.0.1/8", "10.0.0.0/99"])
def test_a_trusted_proxy_must_be_an_address_or_a_network(proxies: str) -> None:
    with pytest.raises(ValidationError, match="IP addresses or networks"):
        toy_settings(trusted_proxies=proxies)


async def test_an_unknown_proxy_is_logged_once(trace: Trace, lines: list[dict[str, Any]]) -> None:
    app = toy_app(toy_settings(), trace)
    transport = httpx.ASGITransport(app, client=(PROXY, 50_000))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://server") as client,
    ):
        for _ in range(3):
            await client.post("/graphql", json=HELLO, headers={FORWARDED: CLIENT})
    warned = [line for line in lines if line["log_level"] == "warning"]
    assert [(line["client"], "WORKLINE_TRUSTED_PROXIES" in line["event"]) for line in warned] == [(PROXY, True)]


async def test_a_trusted_proxy_causes_no_warning(trace: Trace, lines: list[dict[str, Any]]) -> None:
    await seen(trace, CLIENT, [(FORWARDED, OUTER)], PROXY)
    assert not [line for line in lines if line["log_level"] == "warning"]
