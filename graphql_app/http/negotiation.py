"""Content negotiation of requests and responses, and protection of GET requests against other sites (CSRF).

The client's `Accept` selects the media type of a response by the quality of the most specific range that matches each
(RFC 9110, section 12.5.1). If both JSON types have equal quality, the response is `application/graphql-response+json`
if the client lists it (its status then reports the outcome), else `application/json` (a well-formed request is then
answered with 200).

A subscription is answered by a stream of events: `text/event-stream` (protocol graphql-sse, mode of distinct
connections) or `multipart/mixed` (Apollo's multipart subscriptions). A response in parts (`@defer`, `@stream`) has one
of these types with the parameter of its form: see :mod:`graphql_app.execution.incremental_forms`. A single response is
JSON if the client accepts it, unless a stream is preferred, because urql lists both types of streams in all of its
requests.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from graphql_app.execution.request import IncrementalForm
from graphql_app.http.errors import NotAcceptable, PreflightMissing, UnsupportedMediaType
from graphql_app.http.request import Headers, header_text

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM, MULTIPART = "text/event-stream", "multipart/mixed"
HTML = "text/html"
FORMS: Mapping[str, IncrementalForm] = {
    "incrementalspec=v0.2": "v0.2",
    "incrementalspec=v0.1": "v0.1",
    "deferspec=20220824": "20220824",
}
"""Forms of incremental responses by the parameters of their media types, in lower case."""

STREAMS = frozenset({EVENT_STREAM, MULTIPART})
REMEMBERED = 200
"""Number of values of `Accept` whose choice is cached. Clients have a few."""
ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
"""Element of a list in a header. A comma within quotes does not end it."""
BODY_CODINGS = frozenset({b"identity", b"gzip", b"x-gzip"})
SIMPLE_CONTENT_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
PREFLIGHT_HEADERS = (
    b"authorization",
    b"apollo-require-preflight",
    b"x-apollo-operation-name",
    b"graphql-require-preflight",
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """Media types of the responses to one request."""

    single: str
    """Type of a response that is not a stream of events. A stream with one event if JSON is not accepted."""
    stream: str | None
    """Type of a stream of events, or None if the client accepts none."""
    incremental: tuple[str, IncrementalForm] | None = None
    """Type and form of a response in parts, or None if the client accepts none."""

    @property
    def json(self) -> str:
        """Type of an error that is not part of a stream."""
        return JSON if self.single in STREAMS else self.single


@lru_cache(REMEMBERED)
def negotiate(accept: str | None) -> Accepted:
    """Return the media types of responses. Raises :class:`NotAcceptable` if ``Accept`` excludes all of them."""
    if not accept or not accept.strip():
        return Accepted(JSON, EVENT_STREAM)
    accepted = list(ranges(accept))
    json, quality = _json_type(accepted)
    stream, stream_quality = _stream_type(accepted, is_named=not json)
    incremental = _incremental_type(accepted)
    if json is None and stream is None:
        if incremental is None:
            raise NotAcceptable
        json = JSON  # of a response that has only one part
    if json is not None and stream_quality <= quality:
        return Accepted(json, stream, incremental)
    assert stream is not None
    return Accepted(stream, stream, incremental)


def _json_type(ranges: list["MediaRange"]) -> tuple[str | None, float]:
    graphql, json = (_quality_of(media_type, ranges) for media_type in (GRAPHQL_RESPONSE, JSON))
    if not (graphql or json):
        return None, 0.0
    if graphql == json:
        return GRAPHQL_RESPONSE if any(each.name == GRAPHQL_RESPONSE for each in ranges) else JSON, json
    return GRAPHQL_RESPONSE if graphql > json else JSON, max(graphql, json)


def _stream_type(ranges: list["MediaRange"], *, is_named: bool) -> tuple[str | None, float]:
    """Return the preferred type of a stream, which must be listed if ``is_named``.

    `multipart/mixed` must always be listed. With a parameter of incremental responses, it selects another protocol.
    """
    multiparts = [each for each in ranges if each.name == MULTIPART]
    parts = [each for each in multiparts if not (each.has("deferspec") or each.has("incrementalspec"))]
    multipart = max([each.quality for each in parts], default=0.0)
    events = _quality_of(EVENT_STREAM, [each for each in ranges if each.name == EVENT_STREAM] if is_named else ranges)
    if not (multipart or events):
        return None, 0.0
    return (MULTIPART, multipart) if multipart > events else (EVENT_STREAM, events)


def _incremental_type(ranges: list["MediaRange"]) -> tuple[str, IncrementalForm] | None:
    """Return the preferred type and form of a response in parts.

    A form that is requested is preferred. Without a parameter, the form is the one that urql 6 reads completely: it
    misplaces the items of `@stream` in the newest form.
    """
    found = [
        (each.quality, form, each) for each in ranges if each.name in STREAMS and (form := each.form) and each.quality
    ]
    if not found:
        return None
    _, form, best = max(found, key=lambda each: (each[0], bool(each[2].parameters)))
    return best.name, form


def accepts_page(accept: str | None) -> bool:
    """Return True if a browser requests a page: `text/html` is listed. The `*/*` of other clients is ignored."""
    return any(each.name == HTML and each.quality for each in ranges(accept or ""))


def require_json(headers: Headers) -> bool:
    """Raise :class:`UnsupportedMediaType` unless the body is JSON in UTF-8. Return True if it is compressed by gzip.

    This also forces a browser to send a CORS preflight before a page of another site may send the body.
    """
    essence, charset = _content_type(header_text(headers, b"content-type") or "")
    coding = headers.get(b"content-encoding", b"identity")
    if essence != JSON or charset not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType
    if coding == b"identity":
        return False
    if coding.strip().lower() not in BODY_CODINGS:
        raise UnsupportedMediaType
    return coding.strip().lower() != b"identity"


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
    parameters: tuple[str, ...]
    """Parameters in lower case. Of two ranges of one name, the one with more of them is more specific."""
    quality: float

    @property
    def specificity(self) -> tuple[bool, bool, int]:
        """Order of ranges that match one media type."""
        return self.name != "*/*", not self.name.endswith("/*"), len(self.parameters)

    @property
    def form(self) -> IncrementalForm | None:
        """Form of incremental responses that the range accepts, or None."""
        if self.has("subscriptionspec"):
            return None
        given = [each for each in self.parameters if each.startswith(("deferspec", "incrementalspec"))]
        if not given:
            return "20220824"
        return next((form for each in given if (form := FORMS.get(each.replace('"', "").replace(" ", "")))), None)

    def has(self, parameter: str) -> bool:
        """Return True if the range has a parameter of this name."""
        return any(each.partition("=")[0].rstrip() == parameter for each in self.parameters)


def ranges(accept: str) -> Iterator[MediaRange]:
    """Yield the elements of `Accept` or `Accept-Encoding`."""
    for element in ELEMENT.findall(accept):
        name, *parameters = (piece.strip().lower() for piece in element.split(";"))
        if name:
            quality = next((_quality(value[2:]) for value in parameters if value.startswith("q=")), 1.0)
            yield MediaRange(name, tuple(each for each in parameters if not each.startswith("q=")), quality)


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
