"""Requests that HTTP itself refuses: each has one status, whatever the response's media type is."""

from typing import ClassVar

from graphql_app.errors import RequestError


class RefusedRequest(RequestError):
    """The request is not a well-formed GraphQL-over-HTTP request, or not one for this server."""

    status: ClassVar[int] = 400
    headers: ClassVar[dict[str, str]] = {}


class Malformed(RefusedRequest):
    """The body or the query string cannot be read as a GraphQL request."""


class PersistedQueryNotSupported(RefusedRequest):
    """The request has the hash of a document in place of the document.

    The message, the code and the status are those that clients look for, which then send the document itself.
    """

    code = "PERSISTED_QUERY_NOT_SUPPORTED"
    status = 200
    message = "PersistedQueryNotSupported"


class PreflightMissing(RefusedRequest):
    """A page of another site could have sent this GET without asking anybody.

    It comes without a token, so a client is told what it looks for: that it has to log in.
    """

    code = "UNAUTHENTICATED"
    status = 401
    message = (
        "This GET comes without a token, and another site could have sent it. Log in and send `Authorization`. What "
        "needs no token is answered by POST, or with a non-empty `Apollo-Require-Preflight` header."
    )
    headers: ClassVar[dict[str, str]] = {"www-authenticate": "Bearer"}


class NotAcceptable(RefusedRequest):
    """None of the media types in `Accept` can be served."""

    status = 406
    message = "Accept `application/graphql-response+json` or `application/json`."


class HeadTooSlow(RefusedRequest):
    """The request line and the headers did not arrive in time."""

    status = 408
    message = "The head of the request did not arrive in time."
    headers: ClassVar[dict[str, str]] = {"connection": "close"}


class BodyTooSlow(RefusedRequest):
    """The body did not arrive in time."""

    status = 408
    message = "The body did not arrive in time."
    headers: ClassVar[dict[str, str]] = {"connection": "close"}


class BodyTooLarge(RefusedRequest):
    """The body is larger than the server reads."""

    status = 413
    headers: ClassVar[dict[str, str]] = {"connection": "close"}  # or the rest of it would have to be read

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body may have at most {limit} bytes.", maxBytes=limit)


class UnsupportedMediaType(RefusedRequest):
    """The body is not JSON."""

    status = 415
    message = "Send the body as `Content-Type: application/json`, in UTF-8 and not compressed."
    headers: ClassVar[dict[str, str]] = {"accept-post": "application/json"}
