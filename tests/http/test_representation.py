"""Compressed responses and requests, and the validation of cached copies of GET requests."""

import gzip
import sys
import threading
from typing import Any

import brotli  # type: ignore[import-untyped]  # no stubs
import httpx
import orjson
import pytest

from graphql_app.execution.request import GraphQLResponse
from graphql_app.http import representation
from graphql_app.http.negotiation import JSON
from graphql_app.http.representation import content_coding, validate
from graphql_app.http.response import render
from tests.http.conftest import Serve
from tests.http.toy import Trace

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PREFLIGHTED = {"apollo-require-preflight": "true"}
DECODE = {"zstd": zstd.decompress, "br": brotli.decompress, "gzip": gzip.decompress}
LARGE = {"query": "{ large(kilobytes: 3) }"}


async def raw(client: httpx.AsyncClient, request: dict[str, Any], **headers: str) -> tuple[httpx.Response, bytes]:
    """Return a response with the bytes that were sent."""
    async with client.stream("POST", "/graphql", json=request, headers=headers) as response:
        return response, b"".join([chunk async for chunk in response.aiter_raw()])


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (None, "identity"),
        ("", "identity"),
        ("identity", "identity"),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate, br;q=0.9, zstd", "zstd"),
        ("gzip, zstd", "zstd"),
        ("gzip, deflate", "gzip"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0, gzip;q=0.001", "gzip"),
        ("*", "br"),
        ("*;q=0.5, br;q=0", "zstd"),
        ("gzip;q=0", "identity"),
        ("ZSTD", "zstd"),
    ],
)
def test_the_coding_is_the_one_that_the_client_prefers(accepted: str | None, coding: str) -> None:
    assert content_coding(accepted) == coding


@pytest.mark.parametrize("coding", DECODE)
async def test_a_response_above_the_threshold_is_compressed(client: httpx.AsyncClient, coding: str) -> None:
    _, plain = await raw(client, LARGE, **{"accept-encoding": "identity"})
    response, body = await raw(client, LARGE, **{"accept-encoding": coding})
    assert response.headers["content-encoding"] == coding
    assert response.headers["vary"] == "accept-encoding"
    assert int(response.headers["content-length"]) == len(body) < len(plain) // 10
    assert DECODE[coding](body) == plain


async def test_a_short_response_is_not_compressed(client: httpx.AsyncClient) -> None:
    response, body = await raw(client, {"query": "{ hello }"}, **{"accept-encoding": "gzip"})
    assert "content-encoding" not in response.headers
    assert "vary" not in response.headers
    assert orjson.loads(body) == {"data": {"hello": "Hello, world!"}}


async def test_compression_can_be_turned_off(serve: Serve) -> None:
    response, _ = await raw(await serve(compression_threshold=0), LARGE, **{"accept-encoding": "gzip"})
    assert "content-encoding" not in response.headers


async def test_a_batch_is_compressed_as_a_whole(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json=[LARGE, LARGE], headers={"accept-encoding": "br"})
    assert response.headers["content-encoding"] == "br"
    assert [len(each["data"]["large"]) for each in response.json()] == [3000, 3000]


async def test_a_large_response_is_compressed_outside_the_event_loop(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []

    def compress(body: bytes) -> bytes:
        threads.append(threading.current_thread() is threading.main_thread())
        return gzip.compress(body)

    monkeypatch.setattr(representation, "CODINGS", {"gzip": compress})
    for kilobytes in (3, 200):
        await raw(client, {"query": f"{{ large(kilobytes: {kilobytes}) }}"}, **{"accept-encoding": "gzip"})
    assert threads == [True, False]


GZIPPED = {"content-type": "application/json", "content-encoding": "gzip"}


async def test_a_request_may_be_compressed_by_gzip(client: httpx.AsyncClient) -> None:
    body = gzip.compress(orjson.dumps({"query": "{ hello }"}))
    response = await client.post("/graphql", content=body, headers=GZIPPED)
    assert response.json() == {"data": {"hello": "Hello, world!"}}


async def test_the_limit_applies_to_the_decompressed_request(serve: Serve, trace: Trace) -> None:
    plain = orjson.dumps({"query": "{ hello }"}).ljust(1000)
    client = await serve(max_body_bytes=1000)
    assert (await client.post("/graphql", content=gzip.compress(plain), headers=GZIPPED)).status_code == 200
    for length in (1001, 10_000_000):
        response = await client.post("/graphql", content=gzip.compress(plain.ljust(length)), headers=GZIPPED)
        assert response.status_code == 413
    assert len(trace.viewers) == 1


@pytest.mark.parametrize(
    "body",
    [b"{}", b"", gzip.compress(b'{"query": "{ hello }"}')[:-4], gzip.compress(b"{}") + b"more"],
    ids=["plain", "empty", "cut", "followed"],
)
async def test_an_invalid_compression_is_rejected(client: httpx.AsyncClient, trace: Trace, body: bytes) -> None:
    response = await client.post("/graphql", content=body, headers=GZIPPED)
    assert response.status_code == 400
    assert "gzip" in response.json()["errors"][0]["message"]
    assert trace.viewers == []


async def test_another_coding_of_a_request_is_rejected_with_those_that_are_accepted(client: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json", "content-encoding": "br"}
    response = await client.post("/graphql", content=b"{}", headers=headers)
    assert (response.status_code, response.headers["accept-encoding"]) == (415, "gzip")


async def get(client: httpx.AsyncClient, query: str, **headers: str) -> httpx.Response:
    return await client.get("/graphql", params={"query": query}, headers=PREFLIGHTED | headers)


async def test_the_copy_of_a_get_request_is_validated_by_a_strong_etag(client: httpx.AsyncClient) -> None:
    first = await get(client, "{ hello }")
    tag = first.headers["etag"]
    assert tag.startswith('"')
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["vary"] == "accept, authorization"
    for sent in (tag, f'"other", {tag}', "*"):
        again = await get(client, "{ hello }", **{"if-none-match": sent})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert "content-type" not in again.headers
    changed = await get(client, '{ hello(name: "Ada") }', **{"if-none-match": tag})
    assert (changed.status_code, changed.headers["etag"] != tag) == (200, True)


def test_a_copy_may_be_reused_for_the_time_that_the_fields_allow() -> None:
    result = GraphQLResponse({"data": {}}, executed=True, max_age=60)
    rendered = render(result, JSON, method="GET", edition="2025")
    validated = validate(rendered, result, JSON, None)
    assert validated.headers["cache-control"] == "private, max-age=60"


async def test_representations_of_one_response_have_different_etags(client: httpx.AsyncClient) -> None:
    accepts = [{}, {"accept": "application/graphql-response+json"}, {"accept-encoding": "br"}]
    plain = {"accept-encoding": "identity"}
    tags = [(await get(client, LARGE["query"], **plain | each)).headers["etag"] for each in accepts]
    assert len(set(tags)) == 3
    for each, tag in zip(accepts, tags, strict=True):
        validated = await get(client, LARGE["query"], **plain | each | {"if-none-match": tag})
        assert (validated.status_code, validated.headers["etag"]) == (304, tag)


@pytest.mark.parametrize("query", ["{ hello missing }", "{ nothing }", "{"])
async def test_a_response_with_errors_is_not_stored(client: httpx.AsyncClient, query: str) -> None:
    response = await get(client, query)
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


async def test_a_response_to_a_post_is_not_stored(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "{ hello }"})
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers
