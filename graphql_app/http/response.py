"""HTTP response: status, headers and bytes of a GraphQL response.

============================================  ==================================  ==================
outcome                                       application/graphql-response+json   application/json
============================================  ==================================  ==================
executed, with or without errors              200                                 200
not a well-formed request (JSON, shape)       400, 406, 408, 413, 415             the same
hash in place of a document                   200                                 200
GET that another site could have sent         401                                 401
mutation by GET                               405                                 405
invalid document or variable                  400                                 200
no valid token / not allowed                  401 / 403                           200
cannot serve now / bug                        503, 504 / 500                      the same
============================================  ==================================  ==================

With `application/json`, the media type does not distinguish a GraphQL response from a proxy's page, so clients trust
the body only with status 200.
"""

from collections.abc import Iterable, Mapping

from starlette.responses import Response

from graphql_app.execution.encoding import encode
from graphql_app.execution.errors import request_error
from graphql_app.execution.request import GraphQLResponse
from graphql_app.http.errors import RejectedRequest
from graphql_app.http.logging import bind_errors
from graphql_app.http.negotiation import GRAPHQL_RESPONSE, JSON
from graphql_app.http.request import Header

HEADERS: Mapping[str, tuple[Header, ...]] = {
    media_type: ((b"content-type", f"{media_type}; charset=utf-8".encode()), (b"cache-control", b"no-store"))
    for media_type in (JSON, GRAPHQL_RESPONSE)
}
STATUS_OF_CODE = {
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "RATE_LIMITED": 429,
    "INTERNAL_SERVER_ERROR": 500,
    "SERVICE_UNAVAILABLE": 503,
    "OPERATION_TIMEOUT": 504,
}

CLIENT_CLOSED_REQUEST = 499
"""Status of a request whose client disconnected before the response. Only the access log contains it."""

SECURITY_HEADERS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""Headers that restrict what a browser does with a response."""
SECURITY_NAMES = frozenset(name for name, _ in SECURITY_HEADERS)

RETRY_AFTER = "1"
"""Seconds after which a request that was not executed may be sent again."""


class EncodedResponse(Response):
    """Response with headers that are already encoded."""

    def __init__(self, body: bytes, status: int, headers: list[Header]) -> None:
        self.body, self.status_code, self.background = body, status, None
        self.raw_headers = [*headers, (b"content-length", b"%d" % len(body))]


def render(response: GraphQLResponse, media_type: str, *, method: str) -> Response:
    """Return the HTTP response to a well-formed request."""
    status = _status(response, media_type, method)
    body = encode(response.body) if response.encoded is None else response.encoded
    return bytes_response(body, media_type, status, _headers(status, response.retry_after))


def render_rejection(error: RejectedRequest, media_type: str = JSON) -> Response:
    """Return the HTTP response to a rejected request."""
    body = {"errors": [request_error(error)]}
    bind_errors(body)
    return json_response(body, media_type, error.status, error.headers)


def json_response(body: object, media_type: str, status: int, headers: dict[str, str] | None = None) -> Response:
    """Return a response with ``body`` encoded as JSON. Caches must not store it."""
    return bytes_response(encode(body), media_type, status, headers)


def bytes_response(body: bytes, media_type: str, status: int, headers: dict[str, str] | None = None) -> Response:
    """Return a response with a body that is already encoded. Caches must not store it."""
    more = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in (headers or {}).items()]
    return EncodedResponse(body, status, [*HEADERS[media_type], *more])


def _status(response: GraphQLResponse, media_type: str, method: str) -> int:
    if response.executed:
        return 200
    if method != "POST" and "BAD_REQUEST" in response.codes:
        return 405  # the form of the request is valid, so only the method is wrong
    status = max(STATUS_OF_CODE.get(code, 400) for code in response.codes)
    return status if media_type == GRAPHQL_RESPONSE or status >= 500 else 200


def _headers(status: int, retry_after: int | None) -> dict[str, str]:
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    if status == 405:
        headers["allow"] = "POST"
    if status == 503:
        headers.setdefault("retry-after", RETRY_AFTER)
    return headers


def with_security_headers(headers: Iterable[Header], *more: Header) -> list[Header]:
    """Return a response's headers with ``more``, and with the security headers that it does not set itself.

    The playground, for one, has a policy of its own.
    """
    found = [*headers, *more]
    present = SECURITY_NAMES.intersection([name for name, _ in found])
    found += [each for each in SECURITY_HEADERS if each[0] not in present] if present else SECURITY_HEADERS
    return found
