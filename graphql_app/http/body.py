"""Body and query string of a request, read within limits and parsed into a GraphQL request."""

import asyncio
import contextlib
from typing import Any

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from graphql_app.errors import BadRequest
from graphql_app.execution.request import GraphQLRequest
from graphql_app.http.errors import BodyTooLarge, BodyTooSlow, Malformed, PersistedQueryNotSupported
from graphql_app.http.negotiation import require_json, require_preflight
from graphql_app.http.parameters import graphql_request, has_only_hash
from graphql_app.http.request import HttpRequest
from graphql_app.http.tasks import begun

IDEMPOTENCY_KEY = b"idempotency-key"
LINGERING = 1.0
"""Seconds after which a client that sends too much is disconnected, if it does not stop by itself."""


async def read_request(request: HttpRequest, max_bytes: int, seconds: float) -> GraphQLRequest:
    """Return the request of a GET or POST. Raises a :class:`RefusedRequest`, or Starlette's ClientDisconnect.

    A body must arrive within ``seconds``.
    """
    if request.method == "POST":
        require_json(request.headers)
        body = await read_body(request, max_bytes, seconds)
        return _request(parse_json(body, "The body"), request.header(IDEMPOTENCY_KEY))
    found = _request(_query_string(request.parameters()))
    require_preflight(request.headers)
    return found


def _request(parameters: object, idempotency_key: str | None = None) -> GraphQLRequest:
    if has_only_hash(parameters):
        raise PersistedQueryNotSupported
    try:
        return graphql_request(parameters, idempotency_key)
    except BadRequest as error:
        raise Malformed(str(error)) from None


async def read_body(request: HttpRequest, max_bytes: int, seconds: float) -> bytes:
    """Return the body. Holds at most ``max_bytes`` and one chunk, regardless of ``Content-Length``.

    Raises BodyTooSlow if the body has not arrived after ``seconds``, and BodyTooLarge.
    """
    declared = request.header(b"content-length") or ""
    if declared.isdecimal() and int(declared) > max_bytes:
        await _linger(request, invited=b"expect" not in request.headers)
        raise BodyTooLarge(max_bytes)
    reading = begun(_arriving(request.receive, max_bytes))
    # most bodies arrive together with their headers, and then need no timer
    if not reading.done():
        try:
            async with asyncio.timeout(seconds):
                await reading
        except TimeoutError:
            raise BodyTooSlow from None
    body = reading.result()
    if len(body) > max_bytes:
        await _linger(request)
        raise BodyTooLarge(max_bytes)
    return body


async def _arriving(receive: Receive, most: int) -> bytes:
    """Return the body, up to and including the chunk that makes it longer than ``most``. Raises ClientDisconnect."""
    body = bytearray()
    is_whole = False
    while not is_whole and len(body) <= most:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        is_whole = not message.get("more_body", False)
    return bytes(body)


async def _linger(request: HttpRequest, *, invited: bool = True) -> None:
    """Discard what arrives for up to ``LINGERING`` seconds.

    A client that is still sending when the connection closes does not receive the response. A client that sent `Expect:
    100-continue` was not ``invited`` yet and sends nothing.
    """
    if not invited:
        return
    clock = asyncio.get_running_loop()
    end = clock.time() + LINGERING
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout_at(end):
            while clock.time() < end and (await request.receive()).get("more_body"):
                pass


def parse_json(text: bytes | str, what: str) -> Any:
    """Return ``text``, parsed as JSON. Raises :class:`Malformed` if it is not JSON, or is nested too deeply."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"{what} is not valid JSON: {error.msg}.") from None


def _query_string(parameters: QueryParams) -> dict[str, Any]:
    """Return `query` and `operationName` as they are, and `variables` and `extensions` parsed as JSON."""
    found: dict[str, Any] = {name: parameters[name] for name in ("query", "operationName") if parameters.get(name)}
    for name in ("variables", "extensions"):
        if parameters.get(name):
            found[name] = parse_json(parameters[name], f"`{name}`")
    return found
