"""Media types of requests and responses, and GET requests that another site could send."""

import pytest

from graphql_app.http.errors import NotAcceptable, PreflightMissing, UnsupportedMediaType
from graphql_app.http.negotiation import (
    EVENT_STREAM,
    GRAPHQL_RESPONSE,
    JSON,
    MULTIPART,
    accepts_page,
    negotiate,
    require_json,
    require_preflight,
)
from graphql_app.http.request import Headers


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}, {JSON};q=0.9", GRAPHQL_RESPONSE),
        (f"{JSON}, {GRAPHQL_RESPONSE}", GRAPHQL_RESPONSE),
        (f"{JSON}, {GRAPHQL_RESPONSE};q=0.5", JSON),
        (f"{GRAPHQL_RESPONSE};q=0, {JSON}", JSON),
        (f"{GRAPHQL_RESPONSE}; charset=utf-8", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE.upper()} ; Q=0.8", GRAPHQL_RESPONSE),
        ("multipart/mixed;deferSpec=20220824, application/json", JSON),
        ("text/html, */*;q=0.1", JSON),
        (f"{JSON};q=high", JSON),
        (f"{JSON};q=0, */*", GRAPHQL_RESPONSE),
        (f"*/*, {JSON};q=0", GRAPHQL_RESPONSE),
        (f"{JSON};q=0, application/*;q=0.1", GRAPHQL_RESPONSE),
        (f"{JSON};q=0.5, */*", GRAPHQL_RESPONSE),
        (f"{JSON};q=0.1, application/*;q=0.5, */*;q=0", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE};q=0, */*", JSON),
        (f"{GRAPHQL_RESPONSE};q=0.5, */*;q=0.8", JSON),
        (f"{GRAPHQL_RESPONSE};q=0.8, */*;q=0.8", GRAPHQL_RESPONSE),
        (f"application/*;q=0, {JSON}", JSON),
        (f"*/*;q=0, {GRAPHQL_RESPONSE};q=0.001", GRAPHQL_RESPONSE),
        (f"{JSON};q=0, {JSON};charset=utf-8", JSON),
        (f"{JSON}, text/plain, */*", JSON),
        (f"{JSON};q=2, {GRAPHQL_RESPONSE};q=1", GRAPHQL_RESPONSE),
        (f'text/x;title="a,{GRAPHQL_RESPONSE},b", {JSON}', JSON),
    ],
)
def test_the_response_has_the_type_that_the_client_prefers(accept: str | None, expected: str) -> None:
    assert negotiate(accept).single == expected


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "image/*, text/*",
        ",",
        "*/*;q=0",
        "application/*;q=0",
        f"{JSON};q=0",
        f"{JSON};q=0.000",
        f"{JSON};q=-1",
        f"{JSON};q=0, {GRAPHQL_RESPONSE};q=0, */*",
        f"{JSON}, */*;q=1, {JSON};q=0;x=1, application/*;q=0",
        "application",
    ],
)
def test_a_client_that_accepts_neither_type_is_rejected(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        negotiate(accept)


APOLLO = f"multipart/mixed;boundary=graphql;subscriptionSpec=1.0,{GRAPHQL_RESPONSE},{JSON};q=0.9"
URQL = f"{GRAPHQL_RESPONSE}, application/graphql+json, {JSON}, text/event-stream, multipart/mixed"


@pytest.mark.parametrize(
    ("accept", "single", "stream"),
    [
        (None, JSON, EVENT_STREAM),
        ("*/*", JSON, EVENT_STREAM),
        (JSON, JSON, None),
        (APOLLO, GRAPHQL_RESPONSE, MULTIPART),
        (URQL, GRAPHQL_RESPONSE, EVENT_STREAM),
        ("text/event-stream, multipart/mixed", EVENT_STREAM, EVENT_STREAM),
        ("text/event-stream;q=0.5, multipart/mixed", MULTIPART, MULTIPART),
        (EVENT_STREAM, EVENT_STREAM, EVENT_STREAM),
        (f"{EVENT_STREAM}, {JSON};q=0.5", EVENT_STREAM, EVENT_STREAM),
        (f"{EVENT_STREAM};q=0.5, {JSON}", JSON, EVENT_STREAM),
        (f"{EVENT_STREAM};q=0, */*", JSON, None),
        ("multipart/mixed;deferSpec=20220824, application/json", JSON, None),
        ("multipart/mixed;subscriptionSpec=1.0", MULTIPART, MULTIPART),
    ],
)
def test_a_stream_has_the_type_that_the_client_prefers_and_a_single_response_is_json_if_that_is_accepted(
    accept: str | None, single: str, stream: str | None
) -> None:
    accepted = negotiate(accept)
    assert (accepted.single, accepted.stream) == (single, stream)


def test_only_a_client_that_names_html_accepts_a_page() -> None:
    assert accepts_page("text/html,application/xhtml+xml,*/*;q=0.8")
    assert not accepts_page("*/*")
    assert not accepts_page("text/html;q=0")
    assert not accepts_page(None)


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON", "application/json; charset=utf-8", 'application/json;charset="UTF-8"'],
)
def test_a_body_may_be_json_in_utf_8(content_type: str) -> None:
    assert require_json(sent({"content-type": content_type})) is False
    assert require_json(sent({"content-type": content_type, "content-encoding": "GZIP"})) is True


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/graphql"},
        {"content-type": "application/jsonp"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "application/json", "content-encoding": "br"},
        {"content-type": "application/json", "content-encoding": "gzip, gzip"},
    ],
    ids=str,
)
def test_any_other_body_is_rejected(headers: dict[str, str]) -> None:
    with pytest.raises(UnsupportedMediaType):
        require_json(sent(headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/json"},
        {"authorization": "Bearer x"},
        {"apollo-require-preflight": "true"},
        {"x-apollo-operation-name": "Tasks"},
        {"graphql-require-preflight": "1"},
        {"content-type": "text/plain", "apollo-require-preflight": "true"},
    ],
    ids=str,
)
def test_a_get_that_forces_a_preflight_is_served(headers: dict[str, str]) -> None:
    require_preflight(sent(headers))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"accept": "application/json"},
        {"content-type": "text/plain"},
        {"content-type": "TEXT/plain; charset=utf-8"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"apollo-require-preflight": ""},
    ],
    ids=str,
)
def test_a_get_that_any_site_could_send_is_rejected(headers: dict[str, str]) -> None:
    with pytest.raises(PreflightMissing):
        require_preflight(sent(headers))


def sent(headers: dict[str, str]) -> Headers:
    return {name.encode(): value.encode() for name, value in headers.items()}
