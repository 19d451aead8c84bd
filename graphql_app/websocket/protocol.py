"""Protocol `graphql-transport-ws`: client messages, parsed from the text of a frame, and close codes as exceptions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import orjson

from graphql_app.errors import BadRequest
from graphql_app.execution.request import GraphQLRequest, IncrementalForm, JsonObject
from graphql_app.http.body import graphql_request
from graphql_app.http.negotiation import FORMS
from graphql_app.http.uvicorn_adapter import SLOW_READER_CODE, SLOW_READER_REASON

SUBPROTOCOL = "graphql-transport-ws"
TOKEN_KEYS = frozenset({"authorization", "authtoken", "accesstoken", "token"})
"""Keys of a token in a client's payload, in lower case without `-` and `_`."""


class CloseReason(Exception):
    """Reason to close a socket: a close code and a text (at most 123 bytes) for the client."""

    code: ClassVar[int]
    reason: ClassVar[str]

    def __init__(self, reason: str | None = None) -> None:
        super().__init__(reason or self.reason)


class ClientClosed(CloseReason):
    """Socket that the client has closed or lost. No close frame can be sent."""

    code = 1005
    reason = "closed by the client"


class ServiceRestart(CloseReason):
    """Shutdown of the server. The client may reconnect at once."""

    code = 1012
    reason = "The server is restarting"


class TryAgainLater(CloseReason):
    """Token that could not be verified now, because a part of the server is unavailable."""

    code = 1013
    reason = "The token cannot be verified at the moment"


class TooManySockets(CloseReason):
    """Socket beyond those that a viewer or an address may have. The client may reconnect after closing another."""

    code = 1013
    reason = "Too many sockets: close others first"


class SlowReader(CloseReason):
    """Client that does not read. It may reconnect. Raised by the server's protocol."""

    code = SLOW_READER_CODE
    reason = SLOW_READER_REASON


class InvalidMessage(CloseReason):
    """Frame that is not a message of the protocol."""

    code = 4400
    reason = "Invalid message"


class NotInitialized(CloseReason):
    """Operation before the connection was acknowledged."""

    code = 4401
    reason = "Unauthorized"


class TokenRejected(CloseReason):
    """Missing, contradictory, invalid or expired token."""

    code = 4403
    reason = "Forbidden"


class OriginRefused(CloseReason):
    """Browser page of another site, whose origin the settings do not allow."""

    code = 4403
    reason = "Forbidden: add the origin of this page to WORKLINE_CORS_ORIGINS"


class WrongSubprotocol(CloseReason):
    """Client that does not offer the subprotocol `graphql-transport-ws`."""

    code = 4406
    reason = "Subprotocol not acceptable: use graphql-transport-ws"


class InitializationTimeout(CloseReason):
    """No `connection_init` in time."""

    code = 4408
    reason = "Connection initialisation timeout"


class DuplicateOperation(CloseReason):
    """Second operation with the id of a running operation."""

    code = 4409
    reason = "Subscriber already exists"


class InitializedTwice(CloseReason):
    """Second `connection_init`."""

    code = 4429
    reason = "Too many initialisation requests"


class TooManyMessages(CloseReason):
    """Client that sends more messages per second than allowed."""

    code = 4429
    reason = "Too many messages"


class ServerFailed(CloseReason):
    """Bug in the server. Its traceback is in the log."""

    code = 4500
    reason = "Internal server error"


@dataclass(frozen=True, slots=True)
class ConnectionInit:
    """First message of a client, with the distinct tokens in its payload. More than one token is a contradiction."""

    tokens: frozenset[str]
    incremental: IncrementalForm | None = None
    """Form in which the client accepts incremental responses."""


@dataclass(frozen=True, slots=True)
class Ping:
    """Request for a `pong` with the same payload."""

    payload: JsonObject | None


@dataclass(frozen=True, slots=True)
class Pong:
    """Unsolicited message, or the answer to a ping of the server."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Start of an operation of any kind, under an id that the client chooses."""

    id: str
    request: GraphQLRequest
    size: int
    """Length of the message in characters."""


@dataclass(frozen=True, slots=True)
class Complete:
    """Cancellation of an operation by the client."""

    id: str


ClientMessage = ConnectionInit | Ping | Pong | Subscribe | Complete


def parse_message(text: str | None) -> ClientMessage:
    """Return the message in a frame's text (None for a binary frame). Raises :class:`InvalidMessage`."""
    if text is None:
        raise InvalidMessage("Invalid message: a binary frame")
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise InvalidMessage("Invalid message: not JSON") from None
    if not isinstance(message, dict):
        raise InvalidMessage("Invalid message: not a JSON object")
    return _typed(message, len(text.encode()))


def _incremental(payload: JsonObject) -> IncrementalForm | None:
    """Return the form that a payload requests, by the names and values of the parameters in `Accept`."""
    found = (FORMS.get(f"{name.lower()}={payload.get(name)}") for name in ("incrementalSpec", "deferSpec"))
    return next(filter(None, found), None)


def bare_token(authorization: str) -> str:
    """Return the token without the scheme `Bearer`, if present."""
    scheme, _, token = authorization.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else authorization.strip()


def _typed(message: JsonObject, size: int) -> ClientMessage:
    match message.get("type"):
        case "connection_init":
            payload = _payload(message) or {}
            return ConnectionInit(frozenset(_tokens(payload)), _incremental(payload))
        case "ping":
            return Ping(_payload(message))
        case "pong":
            return Pong()
        case "subscribe":
            return Subscribe(_id(message), _request(message), size)
        case "complete":
            return Complete(_id(message))
    raise InvalidMessage("Invalid message: unknown type")


def _payload(message: JsonObject) -> JsonObject | None:
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise InvalidMessage("Invalid message: the payload is not an object")
    return payload


def _tokens(payload: JsonObject) -> Iterator[str]:
    """Yield the tokens under any of :data:`TOKEN_KEYS`, in the payload itself or in its `headers`."""
    for name, value in payload.items():
        if value is None:
            continue
        if name.lower() == "headers":
            yield from _tokens_of_headers(value)
        else:
            yield from _token(name, value)


def _tokens_of_headers(headers: object) -> Iterator[str]:
    if not isinstance(headers, dict):
        raise InvalidMessage("Invalid message: headers is not an object")
    for name, value in headers.items():
        if value is not None:
            yield from _token(name, value)


def _token(name: str, value: object) -> Iterator[str]:
    if name.lower().replace("-", "").replace("_", "") not in TOKEN_KEYS:
        return
    if not isinstance(value, str):
        raise InvalidMessage(f"Invalid message: {name} is not a string")
    yield bare_token(value)


def _id(message: JsonObject) -> str:
    found = message.get("id")
    if not isinstance(found, str) or not found:
        raise InvalidMessage("Invalid message: the id is not a string")
    return found


def _request(message: JsonObject) -> GraphQLRequest:
    try:
        return graphql_request(message.get("payload"))
    except BadRequest as error:
        raise InvalidMessage(f"Invalid message: {error}") from None
