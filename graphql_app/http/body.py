"""Body and query string of a request, read within limits and parsed into a GraphQL request."""

import asyncio
import contextlib
import zlib
from collections.abc import Mapping
from typing import Any, get_args

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from graphql_app.context import OnError
from graphql_app.errors import BadRequest
from graphql_app.execution.request import GraphQLRequest, JsonObject, TraceRequest
from graphql_app.http.errors import BodyTooLarge, BodyTooSlow, InvalidRequest, MalformedRequest
from graphql_app.http.negotiation import require_json, require_preflight
from graphql_app.http.request import HttpRequest
from graphql_app.settings import Settings

IDEMPOTENCY_KEY = b"idempotency-key"
DOCUMENT_IDS = ("documentId", "doc_id")
"""Parameters with the id of a persisted document: of GraphQL over HTTP, and of Relay."""
ON_ERROR = get_args(OnError)
GZIP = 31
"""Form of compressed data for zlib: gzip with a window of any size."""
LINGERING = 1.0
"""Seconds after which a client that sends too much is disconnected, unless it stops first."""


async def read_request(request: HttpRequest, settings: Settings) -> GraphQLRequest | list[GraphQLRequest]:
    """Return the request of a GET or POST, or the requests of a batch.

    Raises a :class:`RejectedRequest`, or Starlette's ClientDisconnect.
    """
    if request.method == "POST":
        is_compressed = require_json(request.headers)
        body = await _read_body(request, settings.max_body_bytes, settings.request_timeout)
        if is_compressed:
            body = _decompressed(body, settings.max_body_bytes)
        parsed, key = _parse_json(body, "The body"), request.header(IDEMPOTENCY_KEY)
        return _batch(parsed, key, settings.batch_operations) if isinstance(parsed, list) else _request(parsed, key)
    found = _request(_query_string(request.parameters()))
    require_preflight(request.headers)
    return found


def graphql_request(parameters: object, idempotency_key: str | None = None) -> GraphQLRequest:
    """Return the request in decoded JSON. Raises :class:`BadRequest` with the part that has the wrong form."""
    if isinstance(parameters, list):
        raise BadRequest("Each operation must be a JSON object with a `query`, not a list.")
    if not isinstance(parameters, dict):
        raise BadRequest("The request must be a JSON object with a `query`.")
    query = _string(parameters, "query") or ""
    extensions = _object(parameters, "extensions")
    document_id, is_automatic = (None, False) if query and not extensions else _document_id(parameters, extensions)
    if document_id is None and not query.strip():
        raise BadRequest("`query` is required: it contains the GraphQL document.")
    return GraphQLRequest(
        query=query,
        variables=_object(parameters, "variables"),
        # a query string cannot express null, so an empty name counts as none
        operation_name=_string(parameters, "operationName") or None,
        extensions=extensions,
        idempotency_key=idempotency_key,
        document_id=document_id,
        is_automatic=is_automatic,
        on_error=_on_error(parameters) if "onError" in parameters else "PROPAGATE",
        reports_cost=extensions.get("cost") is True,
        wants_trace=_wanted_trace(extensions["trace"]) if "trace" in extensions else "",
    )


def _wanted_trace(value: object) -> TraceRequest:
    if value == "explain":
        return "explain"
    return "trace" if value is True else ""


def _on_error(parameters: JsonObject) -> OnError:
    value: OnError = parameters["onError"] or "PROPAGATE"
    if value not in ON_ERROR:
        raise BadRequest("`onError` must be NULL, PROPAGATE or HALT.")
    return value


def _document_id(parameters: JsonObject, extensions: JsonObject) -> tuple[str | None, bool]:
    """Return the id of a persisted document, or None, and True if it is the hash of an automatic persisted query."""
    persisted = extensions.get("persistedQuery")
    if not isinstance(persisted, dict):
        ids = (_string(parameters, name) for name in DOCUMENT_IDS)
        return next(filter(None, ids), None), False
    if persisted.get("version") != 1:
        raise BadRequest("`extensions.persistedQuery.version` must be 1.")
    hash = _string(persisted, "sha256Hash")
    if not hash:
        raise BadRequest("`extensions.persistedQuery.sha256Hash` is required.")
    return hash, True


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


def _batch(entries: list[object], idempotency_key: str | None, most: int) -> list[GraphQLRequest]:
    """Return the requests of a batch. Rejects an idempotency key in a header, which could apply to any of them."""
    if not most:
        raise InvalidRequest("Batches are not accepted: send one request per operation.")
    if not entries:
        raise InvalidRequest("The batch contains no operation.")
    if len(entries) > most:
        raise InvalidRequest(f"A batch can have at most {most:,} operations.")
    if idempotency_key is not None and len(entries) > 1:
        raise InvalidRequest("`Idempotency-Key` applies to one operation. Use `@idempotent(key:)` in a batch.")
    return [_request(entry, idempotency_key) for entry in entries]


def _request(parameters: object, idempotency_key: str | None = None) -> GraphQLRequest:
    try:
        return graphql_request(parameters, idempotency_key)
    except BadRequest as error:
        raise InvalidRequest(str(error)) from None


def _query_string(parameters: QueryParams) -> Mapping[str, object]:
    """Return texts unchanged, and `variables` and `extensions` parsed as JSON."""
    texts = ("query", "operationName", "onError", *DOCUMENT_IDS)
    found: dict[str, object] = {name: parameters[name] for name in texts if parameters.get(name)}
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


def _decompressed(body: bytes, max_bytes: int) -> bytes:
    """Return a body that was compressed by gzip. Raises BodyTooLarge as soon as it exceeds ``max_bytes``."""
    decompressor = zlib.decompressobj(GZIP)
    try:
        plain = decompressor.decompress(body, max_bytes + 1)
    except zlib.error:
        raise MalformedRequest("The body is not valid gzip.") from None
    if len(plain) > max_bytes:
        raise BodyTooLarge(max_bytes)
    if not decompressor.eof or decompressor.unused_data:
        raise MalformedRequest("The body is not valid gzip.")
    return plain


async def _linger(request: HttpRequest, *, invited: bool = True) -> None:
    """Discard received data for up to ``LINGERING`` seconds.

    A client that is still sending when the connection closes does not receive the response. A client that sent `Expect:
    100-continue` and was not ``invited`` sends nothing.
    """
    if not invited:
        return
    clock = asyncio.get_running_loop()
    end = clock.time() + LINGERING
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout_at(end):
            while clock.time() < end and (await request.receive()).get("more_body"):
                pass
