"""Which media types come in and go out, and which GETs another site may not send.

Of the two media types of a response, the client's `Accept` chooses by the quality of the most specific range that
matches each (RFC 9110, section 12.5.1). Where both are equal, a response is `application/graphql-response+json` if that
is named (its status then says what happened) and else `application/json` (a well-formed request is then answered with
200).
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from graphql_app.http.errors import NotAcceptable, PreflightMissing, UnsupportedMediaType
from graphql_app.http.headers import Headers, text

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
HTML = "text/html"

REMEMBERED = 200
"""How many values of `Accept` are remembered with their choice: clients have a few."""
ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
"""An element of a list in a header: a comma within quotes does not end it."""
SIMPLE_CONTENT_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
PREFLIGHT_HEADERS = (
    b"authorization",
    b"apollo-require-preflight",
    b"x-apollo-operation-name",
    b"graphql-require-preflight",
)


@lru_cache(REMEMBERED)
def response_type(accept: str | None) -> str:
    """The media type to answer with. Raises :class:`NotAcceptable` when ``Accept`` excludes both."""
    if not accept or not accept.strip():
        return JSON
    ranges = list(_ranges(accept))
    graphql, json = (_quality_of(media_type, ranges) for media_type in (GRAPHQL_RESPONSE, JSON))
    if not (graphql or json):
        raise NotAcceptable
    if graphql == json:
        return GRAPHQL_RESPONSE if any(each.name == GRAPHQL_RESPONSE for each in ranges) else JSON
    return GRAPHQL_RESPONSE if graphql > json else JSON


def wants_page(accept: str | None) -> bool:
    """Whether a browser asks for a page: `text/html` is named, as a program's `*/*` does not."""
    return any(each.name == HTML and each.quality for each in _ranges(accept or ""))


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


@dataclass(frozen=True, slots=True)
class MediaRange:
    """An element of `Accept`."""

    name: str
    """Such as `application/*`, in lower case."""
    parameters: int
    """How many it has. They are not compared: of two ranges of one name, the one with more is more specific."""
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
    """Return the quality of the most specific range that matches, and 0 without one."""
    names = {media_type, media_type.partition("/")[0] + "/*", "*/*"}
    matching = [each for each in ranges if each.name in names]
    if not matching:
        return 0.0
    return max(matching, key=lambda each: (each.specificity, each.quality)).quality


def _quality(text: str) -> float:
    """Return the number in ``text`` within 0 and 1, and 1 for what is not a number."""
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
