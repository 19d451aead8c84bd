"""Which media types come in and go out, and which GETs another site may not send.

A response is `application/graphql-response+json` where that is named in `Accept` (its status then says what happened)
and `application/json` otherwise, including for `*/*` (a well-formed request is then answered with 200).
"""

from collections.abc import Iterator

from graphql_app.http.errors import NotAcceptable, PreflightMissing, UnsupportedMediaType
from graphql_app.http.headers import Headers, text

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
HTML = "text/html"

PLAIN = frozenset({JSON, "*/*"})
"""Values of `Accept` that need no reading."""
SIMPLE_CONTENT_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
PREFLIGHT_HEADERS = (
    b"authorization",
    b"apollo-require-preflight",
    b"x-apollo-operation-name",
    b"graphql-require-preflight",
)


def response_type(accept: str | None) -> str:
    """The media type to answer with. Raises :class:`NotAcceptable` when ``Accept`` excludes both."""
    if accept in PLAIN or not accept or not accept.strip():
        return JSON
    qualities = dict(_ranges(accept))
    graphql = qualities.get(GRAPHQL_RESPONSE, 0.0)
    json = next((qualities[name] for name in (JSON, "application/*", "*/*") if name in qualities), 0.0)
    if graphql and graphql >= json:
        return GRAPHQL_RESPONSE
    if not json:
        raise NotAcceptable
    return JSON


def wants_page(accept: str | None) -> bool:
    """Whether a browser asks for a page: `text/html` is named, as a program's `*/*` does not."""
    return dict(_ranges(accept or "")).get(HTML, 0.0) > 0


def require_json(headers: Headers) -> None:
    """A body must be plain JSON in UTF-8; raises :class:`UnsupportedMediaType`.

    This also makes a browser ask first (a CORS preflight) before another site's page may send it.
    """
    essence, charset = _content_type(text(headers, b"content-type") or "")
    encoding = text(headers, b"content-encoding")
    is_plain = encoding is None or encoding.strip().lower() == "identity"
    if essence != JSON or charset not in {"utf-8", "utf8"} or not is_plain:
        raise UnsupportedMediaType


def require_preflight(headers: Headers) -> None:
    """A GET must carry something that no page of another site can send unasked; raises :class:`PreflightMissing`.

    Apollo Server's rule, and `Authorization`, which forces a preflight as well.
    """
    content_type = text(headers, b"content-type")
    if content_type is not None and _content_type(content_type)[0] not in SIMPLE_CONTENT_TYPES:
        return
    if not any(headers.get(name) for name in PREFLIGHT_HEADERS):
        raise PreflightMissing


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    """The media ranges of an ``Accept`` header and their qualities; an unreadable quality counts as 1."""
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        yield name, next((_quality(value[2:]) for value in parameters if value.startswith("q=")), 1.0)


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0


def _content_type(value: str) -> tuple[str, str]:
    if value == JSON:
        return JSON, "utf-8"
    essence, *parameters = (piece.strip().lower() for piece in value.split(";"))
    charset = next((piece[8:].strip('"') for piece in parameters if piece.startswith("charset=")), "utf-8")
    return essence, charset
