"""Representations of a response: content codings, and validators for caches.

For equal q-values, brotli is preferred to zstd: versions of @whatwg-node/fetch, which graphql-codegen uses, list zstd
on versions of Node.js that cannot decompress it.
"""

import asyncio
import gzip
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256

import brotli  # type: ignore[import-untyped]  # no stubs
from starlette.responses import Response

from graphql_app.execution.request import GraphQLResponse
from graphql_app.http.negotiation import REMEMBERED, ranges
from graphql_app.http.request import Header

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

IDENTITY = "identity"
LARGE = 100_000
"""Bytes of a body. A larger one is compressed in a thread, because this takes more than about a millisecond."""
CODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, mode=brotli.MODE_TEXT, quality=4),
    "zstd": lambda body: zstd.compress(body, 3),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}
"""Content codings in the order of preference, with levels for responses that are compressed once and sent once."""
ENTITY_HEADERS = frozenset({b"content-type", b"content-length"})


@lru_cache(REMEMBERED)
def content_coding(accepted: str | None) -> str:
    """Return the coding that the client prefers, or `identity` if it accepts no other (RFC 9110, section 12.5.3)."""
    qualities = {each.name: each.quality for each in ranges(accepted or "")}
    best = max(CODINGS, key=lambda name: qualities.get(name, qualities.get("*", 0.0)))
    return best if qualities.get(best, qualities.get("*", 0.0)) else IDENTITY


async def compress(response: Response, coding: str) -> None:
    """Compress the body of a response by ``coding``."""
    response.raw_headers.append((b"vary", b"accept-encoding"))
    body = bytes(response.body)
    if coding == IDENTITY or not body:
        return
    encode = CODINGS[coding]
    response.body = await asyncio.to_thread(encode, body) if len(body) > LARGE else encode(body)
    kept = [header for header in response.raw_headers if header[0] != b"content-length"]
    length = (b"content-length", b"%d" % len(response.body))
    response.raw_headers = [*kept, (b"content-encoding", coding.encode()), length]


def validate(response: Response, result: GraphQLResponse, variant: str, if_none_match: str | None) -> Response:
    """Return the response to a GET with a strong validator, or 304 if the client's copy is current.

    ``variant`` distinguishes the representations of one response, which have different bytes. The copy may be used
    without another request for the time that the fields allow. A response with errors is not cacheable.
    """
    if not result.executed or "errors" in result.body:
        return response
    digest = sha256(variant.encode() + b"\n" + bytes(response.body)).hexdigest()[:32]
    headers = [header for header in response.raw_headers if header[0] != b"cache-control"]
    headers += [
        (b"etag", f'"{digest}"'.encode()),
        (b"cache-control", _policy(result)),
        (b"vary", b"accept, authorization"),
    ]
    response.raw_headers = headers
    if if_none_match is not None and (if_none_match.strip() == "*" or digest in if_none_match):
        return _not_modified(headers)
    return response


def _policy(result: GraphQLResponse) -> bytes:
    return b"private, max-age=%d" % result.max_age if result.max_age else b"private, no-cache"


def _not_modified(headers: list[Header]) -> Response:
    response = Response(status_code=304)
    response.raw_headers = [header for header in headers if header[0] not in ENTITY_HEADERS]
    return response
