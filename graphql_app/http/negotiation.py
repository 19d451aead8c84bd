"""Content negotiation of requests and responses, and protection of GET requests against other sites (CSRF).

The client's `Accept` selects one of the two media types of a response by the quality of the most specific range that
matches each (RFC 9110, section 12.5.1). If both are equal, the response is `application/graphql-response+json` if that
is named (its status then reports the outcome), else `application/json` (a well-formed request is then answered with
200).
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from graphql_app.http.errors import NotAcceptable, PreflightMissing, UnsupportedMediaType
from graphql_app.http.request import Headers, header_text

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
HTML = "text/html"

REMEMBERED = 200
"""Number of values of `Accept` whose choice is cached. Clients have a few."""
ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
"""Element of a list in a header. A comma within quotes does not end it."""
SIMPLE_CONTENT_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
PREFLIGHT_HEADERS = (
    b"authorization",
    b"apollo-require-preflight",
    b"x-apollo-operation-name",
    b"graphql-require-preflight",
)


@lru_cache(REMEMBERED)
def response_type(accept: str | None) -> str:
    """Return the media type of the response. Raises :class:`NotAcceptable` if ``Accept`` excludes both."""
    if not accept or not accept.strip():
        return JSON
    ranges = list(_ranges(accept))
    graphql, json = (_quality_of(media_type, ranges) for media_type in (GRAPHQL_RESPONSE, JSON))
    if not (graphql or json):
        raise NotAcceptable
    if graphql == json:
        return GRAPHQL_RESPONSE if any(each.name == GRAPHQL_RESPONSE for each in ranges) else JSON
    return GRAPHQL_RESPONSE if graphql > json else JSON


def accepts_page(accept: str | None) -> bool:
    """Return True if a browser requests a page: `text/html` is named. The `*/*` of other clients does not count."""
    return any(each.name == HTML and each.quality for each in _ranges(accept or ""))


def require_json(headers: Headers) -> None:
    """Raise :class:`UnsupportedMediaType` unless the body is plain JSON in UTF-8.

    This also forces a browser to send a CORS preflight before a page of another site may send the body.
    """
    essence, charset = _content_type(header_text(headers, b"content-type") or "")
    encoding = header_text(headers, b"content-encoding")
    is_plain = encoding is None or encoding.strip().lower() == "identity"
    if essence != JSON or charset not in {"utf-8", "utf8"} or not is_plain:
        raise UnsupportedMediaType


def require_preflight(headers: Headers) -> None:
    """Raise :class:`PreflightMissing` unless the GET has a header that forces a CORS preflight.

    A page of another site cannot send such a header without permission. The rule is Apollo Server's, extended by
    `Authorization`, which forces a preflight as well.
    """
    content_type = header_text(headers, b"content-type")
    if content_type is not None and _content_type(content_type)[0] not in SIMPLE_CONTENT_TYPES:
        return
    if not any(headers.get(name) for name in PREFLIGHT_HEADERS):
        raise PreflightMissing


@dataclass(frozen=True, slots=True)
class MediaRange:
    """Element of `Accept`."""

    name: str
    """Name of the range, in lower case, such as `application/*`."""
    parameters: int
    """Number of parameters.

    Their values are not compared. Of two ranges of one name, the one with more is more specific.
    """
    quality: float

    @property
    def specificity(self) -> tuple[bool, bool, int]:
        """Order of ranges that match one media type."""
        return self.name != "*/*", not self.name.endswith("/*"), self.parameters


def _ranges(accept: str) -> Iterator[MediaRange]:
    for element in ELEMENT.findall(accept):
        name, *parameters = (piece.strip().lower() for piece in element.split(";"))
        if name:
            quality = next((_quality(value[2:]) for value in parameters if value.startswith("q=")), 1.0)
            yield MediaRange(name, sum(not value.startswith("q=") for value in parameters), quality)


def _quality_of(media_type: str, ranges: list[MediaRange]) -> float:
    """Return the quality of the most specific range that matches, or 0 without one."""
    names = {media_type, media_type.partition("/")[0] + "/*", "*/*"}
    matching = [each for each in ranges if each.name in names]
    if not matching:
        return 0.0
    return max(matching, key=lambda each: (each.specificity, each.quality)).quality


def _quality(text: str) -> float:
    """Return the number in ``text``, clamped to 0 through 1, or 1 if it is not a number."""
    try:
        quality = float(text)
    except ValueError:
        return 1.0
    return 1.0 if math.isnan(quality) else min(max(quality, 0.0), 1.0)


def _content_type(value: str) -> tuple[str, str]:
    if value == JSON:
        return JSON, "utf-8"
    essence, *parameters = (piece.strip().lower() for piece in value.split(";"))
    charset = next((piece[8:].strip('"') for piece in parameters if piece.startswith("charset=")), "utf-8")
    return essence, charset
