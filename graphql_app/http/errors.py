"""Requests rejected by the HTTP layer. Each error has one status for all media types of the response."""

from typing import ClassVar

from graphql_app.errors import RequestError


class RejectedRequest(RequestError):
    """Request that is not a well-formed GraphQL-over-HTTP request, or that this server does not support."""

    status: ClassVar[int] = 400
    headers: ClassVar[dict[str, str]] = {}


class MalformedRequest(RejectedRequest):
    """Body or parameter that is not JSON."""


class InvalidRequest(RejectedRequest):
    """JSON that is not a GraphQL request. Its status is 422 in the edition of 2026."""


class PreflightMissing(RejectedRequest):
    """GET without a token that a page of another site could have sent without a CORS preflight.

    The code and status are the same as for a missing login, because a client that gets this error has no token.
    """

    code = "UNAUTHENTICATED"
    status = 401
    message = (
        "A GET request requires an `Authorization` header, or a non-empty `Apollo-Require-Preflight` header, because "
        "another site could have sent it without them. Log in, or use POST."
    )
    headers: ClassVar[dict[str, str]] = {"www-authenticate": "Bearer"}


class NotAcceptable(RejectedRequest):
    """`Accept` header that excludes all media types of responses."""

    status = 406
    message = "Accept `application/graphql-response+json` or `application/json`."


class StreamNotAcceptable(RejectedRequest):
    """`Accept` header of a subscription that excludes all types of streams."""

    status = 406
    message = "Accept `text/event-stream` or `multipart/mixed` for a subscription, or use a WebSocket."


class HeadTooSlow(RejectedRequest):
    """Request line and headers that did not arrive in time."""

    status = 408
    message = "The request headers did not arrive in time."
    headers: ClassVar[dict[str, str]] = {"connection": "close"}


class BodyTooSlow(RejectedRequest):
    """Body that did not arrive in time."""

    status = 408
    message = "The request body did not arrive in time."
    headers: ClassVar[dict[str, str]] = {"connection": "close"}


class BodyTooLarge(RejectedRequest):
    """Body that exceeds the limit."""

    status = 413
    headers: ClassVar[dict[str, str]] = {"connection": "close"}  # otherwise the rest of it would have to be read

    def __init__(self, limit: int) -> None:
        super().__init__(f"The request body exceeds the limit of {limit:,} bytes.", maxBytes=limit)


class UnsupportedMediaType(RejectedRequest):
    """Body that is not JSON in UTF-8."""

    status = 415
    message = "Send the body as `Content-Type: application/json`, in UTF-8, uncompressed or compressed by gzip."
    headers: ClassVar[dict[str, str]] = {"accept-post": "application/json", "accept-encoding": "gzip"}
