"""Body and query string of a request, read within limits and parsed into a GraphQL request."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from graphql_app.errors import BadRequest
from graphql_app.execution.request import GraphQLRequest, JsonObject
from graphql_app.http.errors import BodyTooLarge, BodyTooSlow, MalformedRequest, PersistedQueryNotSupported
from graphql_app.http.negotiation import require_json, require_preflight
from graphql_app.http.request import HttpRequest

IDEMPOTENCY_KEY = b"idempotency-key"
LINGERING = 1.0
"""Seconds after which a client that sends too much is disconnected, if it does not stop by itself."""


async def read_request(request: HttpRequest, max_bytes: int, seconds: float) -> GraphQLRequest:
    """Return the request of a GET or POST. Raises a :class:`RejectedRequest`, or Starlette's ClientDisconnect.

    A body must arrive within ``seconds``.
    """
    if request.method == "POST":
        require_json(request.headers)
        body = await _read_body(request, max_bytes, seconds)
        return _request(_parse_json(body, "The body"), request.header(IDEMPOTENCY_KEY))
    found = _request(_query_string(request.parameters()))
    require_preflight(request.headers)
    return found


def graphql_request(parameters: object, idempotency_key: str | None = None) -> GraphQLRequest:
    """Return the request in decoded JSON. Raises :class:`BadRequest` with the part that has the wrong form."""
    if isinstance(parameters, list):
        raise BadRequest("Batches are not supported: send one request per operation.")
    if not isinstance(parameters, dict):
        raise BadRequest("The request must be a JSON object with a `query`.")
    query = _string(parameters, "query")
    if query is None or not query.strip():
        raise BadRequest("`query` is required: it contains the GraphQL document.")
    return GraphQLRequest(
        query=query,
        variables=_object(parameters, "variables"),
        # a query string cannot express null, so an empty name counts as none
        operation_name=_string(parameters, "operationName") or None,
        extensions=_object(parameters, "extensions"),
        idempotency_key=idempotency_key,
    )


def _string(parameters: JsonObject, name: str) -> str | None:
    value = parameters.get(name)
    if value is not None and not isinstance(value, str):
        raise BadRequest(f"`{name}` must be a string.")
    return value


def _object(parameters: JsonObject, name: str) -> JsonObject:
    value = parameters.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadRequest(f"`{name}` must be a JSON object or null.")
    return value


def _request(parameters: object, idempotency_key: str | None = None) -> GraphQLRequest:
    if _has_only_hash(parameters):
        raise PersistedQueryNotSupported
    try:
        return graphql_request(parameters, idempotency_key)
    except BadRequest as error:
        raise MalformedRequest(str(error)) from None


def _has_only_hash(parameters: object) -> bool:
    """Return True if a request has the hash of a document in place of the document: an automatic persisted query."""
    if not isinstance(parameters, dict) or parameters.get("query"):
        return False
    extensions = parameters.get("extensions")
    return isinstance(extensions, dict) and isinstance(extensions.get("persistedQuery"), dict)


def _query_string(parameters: QueryParams) -> Mapping[str, object]:
    """Return `query` and `operationName` as they are, and `variables` and `extensions` parsed as JSON."""
    found: dict[str, object] = {name: parameters[name] for name in ("query", "operationName") if parameters.get(name)}
    for name in ("variables", "extensions"):
        if parameters.get(name):
            found[name] = _parse_json(parameters[name], f"`{name}`")
    return found


def _parse_json(text: bytes | str, name: str) -> Any:  # any JSON value
    """Return ``text``, parsed as JSON. Raises MalformedRequest if it is not JSON, or is nested too deeply."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise MalformedRequest(f"{name} is not valid JSON: {error.msg}.") from None


async def _read_body(request: HttpRequest, max_bytes: int, seconds: float) -> bytes:
    """Return the body. Holds at most ``max_bytes`` and one chunk, regardless of ``Content-Length``.

    Raises BodyTooSlow if the body has not arrived after ``seconds``, and BodyTooLarge.
    """
    declared = request.header(b"content-length") or ""
    if declared.isdecimal() and int(declared) > max_bytes:
        await _linger(request, invited=b"expect" not in request.headers)
        raise BodyTooLarge(max_bytes)
    reading = asyncio.Task(_receive_body(request.receive, max_bytes), loop=asyncio.get_running_loop(), eager_start=True)
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


async def _receive_body(receive: Receive, max_bytes: int) -> bytes:
    """Return the body, up to and including the chunk that exceeds ``max_bytes``. Raises ClientDisconnect."""
    body = bytearray()
    is_complete = False
    while not is_complete and len(body) <= max_bytes:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        is_complete = not message.get("more_body", False)
    return bytes(body)


async def _linger(request: HttpRequest, *, invited: bool = True) -> None:
    """Discard received data for up to ``LINGERING`` seconds.

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
