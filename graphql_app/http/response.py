"""HTTP response: status, headers and bytes of a GraphQL response.

=====================================  ==================================  ==================
outcome                                application/graphql-response+json   application/json
=====================================  ==================================  ==================
executed without errors                200                                 200
executed with errors                   200 (2026: 294)                     200
not JSON, not GraphQL                  400                                 400, 200
JSON, but not a request                400 (2026: 422)                     400
other rejections by HTTP               406, 408, 413, 415                  the same
unknown hash of a persisted query      200                                 200
GET that another site could have sent  401                                 401
mutation by GET                        405                                 405
invalid operation or variable          400 (2026: 422)                     200
no valid token / not allowed           401 / 403                           200
rate limit                             429                                 the same
cannot serve now / bug                 503, 504 / 500                      the same
=====================================  ==================================  ==================

The setting `WORKLINE_HTTP_STATUS` selects the statuses of the draft of 2025 or of the edition of 2026.
With `application/json`, the media type does not distinguish a GraphQL response from a proxy's page, so clients trust
the body only with status 200.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from starlette.responses import Response

from graphql_app.execution.encoding import encode
from graphql_app.execution.errors import request_error
from graphql_app.execution.request import GraphQLResponse
from graphql_app.http.errors import InvalidRequest, RejectedRequest
from graphql_app.http.logging import bind_errors
from graphql_app.http.negotiation import GRAPHQL_RESPONSE, JSON
from graphql_app.http.request import Header
from graphql_app.limits import RateBucket

HEADERS: Mapping[str, tuple[Header, ...]] = {
    media_type: ((b"content-type", f"{media_type}; charset=utf-8".encode()), (b"cache-control", b"no-store"))
    for media_type in (JSON, GRAPHQL_RESPONSE)
}
Edition = Literal["2025", "2026"]
"""Edition of GraphQL over HTTP whose statuses are used."""
TOO_MANY_REQUESTS = 429
"""Least status of a request that was not executed for a reason of the server: the same for both media types."""
STATUS_OF_CODE = {
    "PERSISTED_QUERY_NOT_FOUND": 200,
    "PERSISTED_QUERY_NOT_SUPPORTED": 200,
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "QUERY_NOT_IN_SAFELIST": 403,
    "RATE_LIMITED": TOO_MANY_REQUESTS,
    "INTERNAL_SERVER_ERROR": 500,
    "SERVICE_UNAVAILABLE": 503,
    "OPERATION_TIMEOUT": 504,
}
UNPROCESSABLE, PARTIAL_SUCCESS = 422, 294
"""Statuses of the edition of 2026."""
UNPROCESSABLE_CODES = (
    "BAD_REQUEST",
    "BAD_USER_INPUT",
    "COST_LIMIT_EXCEEDED",
    "GRAPHQL_VALIDATION_FAILED",
    "OPERATION_RESOLUTION_FAILURE",
    "PERSISTED_QUERY_HASH_MISMATCH",
    "REQUEST_LIMIT_EXCEEDED",
)
STATUSES: Mapping[Edition, Mapping[str, int]] = {
    "2025": STATUS_OF_CODE,
    "2026": STATUS_OF_CODE | dict.fromkeys(UNPROCESSABLE_CODES, UNPROCESSABLE),
}
"""Statuses of requests that were not executed, by edition and code. All other codes have the status 400."""

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


def render(response: GraphQLResponse, media_type: str, *, method: str, edition: Edition) -> Response:
    """Return the HTTP response to a well-formed request."""
    status = status_of(response, media_type, method, edition)
    body = encode(response.body) if response.encoded is None else response.encoded
    return bytes_response(body, media_type, status, _headers(status, response.retry_after, response.rate))


def render_batch(responses: Sequence[GraphQLResponse], media_type: str, edition: Edition) -> Response:
    """Return the HTTP response to a batch.

    Its status is 200 if an operation was executed, because one operation's status must not hide the data of others.
    Otherwise it is the highest status of the operations.
    """
    statuses = [status_of(each, media_type, "POST", edition) for each in responses]
    status = 200 if any(each.executed for each in responses) else max(statuses)
    retries = [each.retry_after for each in responses if each.retry_after is not None]
    bodies = [encode(each.body) if each.encoded is None else each.encoded for each in responses]
    body = b"[%b]" % b",".join(bodies)
    return bytes_response(body, media_type, status, _headers(status, max(retries, default=None), responses[-1].rate))


def render_rejection(error: RejectedRequest, media_type: str = JSON, edition: Edition = "2025") -> Response:
    """Return the HTTP response to a rejected request."""
    body = {"errors": [request_error(error)]}
    bind_errors(body)
    is_unprocessable = isinstance(error, InvalidRequest) and media_type == GRAPHQL_RESPONSE and edition == "2026"
    return json_response(body, media_type, UNPROCESSABLE if is_unprocessable else error.status, error.headers)


def json_response(body: object, media_type: str, status: int, headers: dict[str, str] | None = None) -> Response:
    """Return a response with ``body`` encoded as JSON. Caches must not store it."""
    return bytes_response(encode(body), media_type, status, headers)


def bytes_response(body: bytes, media_type: str, status: int, headers: dict[str, str] | None = None) -> Response:
    """Return a response with a body that is already encoded. Caches must not store it."""
    more = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in (headers or {}).items()]
    return EncodedResponse(body, status, [*HEADERS[media_type], *more])


def status_of(response: GraphQLResponse, media_type: str, method: str, edition: Edition) -> int:
    """Return the status of the response to a well-formed request."""
    if response.executed:
        is_partial = edition == "2026" and media_type == GRAPHQL_RESPONSE and "errors" in response.body
        return PARTIAL_SUCCESS if is_partial else 200
    codes = response.codes
    if method != "POST" and "BAD_REQUEST" in codes:
        return 405  # the form of the request is valid, so only the method is wrong
    statuses = STATUSES[edition]
    status = max([statuses.get(code, 400) for code in codes])
    return status if media_type == GRAPHQL_RESPONSE or status >= TOO_MANY_REQUESTS else 200


def rate_headers(rate: RateBucket | None) -> dict[str, str]:
    """Return the headers of the client's bucket, or none without a rate limit.

    https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
    """
    if rate is None:
        return {}
    limit, available = rate.limit, rate.available_now
    return {
        "ratelimit-policy": f'"cost";q={limit.maximum};w={limit.seconds_until_full(0)};qu="cost"',
        "ratelimit": f'"cost";r={available};t={limit.seconds_until_full(available)}',
    }


def _headers(status: int, retry_after: int | None, rate: RateBucket | None) -> dict[str, str]:
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    headers |= rate_headers(rate)
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    if status == 405:
        headers["allow"] = "POST"
    if status == 503:
        headers.setdefault("retry-after", RETRY_AFTER)
    return headers


def with_security_headers(headers: Iterable[Header], *more: Header) -> list[Header]:
    """Return a response's headers with ``more``, and with the security headers that it does not set itself.

    For example, the playground sets its own policy.
    """
    found = [*headers, *more]
    present = SECURITY_NAMES.intersection([name for name, _ in found])
    found += [each for each in SECURITY_HEADERS if each[0] not in present] if present else SECURITY_HEADERS
    return found
