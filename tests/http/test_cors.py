"""Requests of pages of other origins: what a browser is allowed, and what a refused preflight advises."""

import httpx
import pytest

from tests.http.conftest import Serve
from tests.http.toy import toy_settings

PREFLIGHT = {"access-control-request-method": "POST"}
APP = "https://app.example"
SENT = [
    "apollographql-client-name, apollographql-client-version, content-type",
    "authorization, idempotency-key, x-request-id",
    "apollo-require-preflight, x-apollo-operation-name",
    "baggage, sentry-trace, traceparent, tracestate",
    "if-none-match",
]


async def preflight(client: httpx.AsyncClient, origin: str, **headers: str) -> httpx.Response:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.options("/graphql", headers=PREFLIGHT | {"origin": origin} | more)


@pytest.mark.parametrize("headers", SENT)
async def test_a_page_of_an_allowed_origin_may_send_the_headers_of_clients_and_of_tracing(
    serve: Serve, headers: str
) -> None:
    client = await serve(cors_origins=APP)
    response = await preflight(client, APP, access_control_request_headers=headers)
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (200, APP)


@pytest.mark.parametrize("origins", ["", APP])
async def test_a_refused_preflight_names_the_setting(serve: Serve, bound: list[dict[str, str]], origins: str) -> None:
    client = await serve(cors_origins=origins)
    response = await preflight(client, "http://localhost:5173")
    assert response.status_code == 400
    assert "access-control-allow-origin" not in response.headers
    assert "Add http://localhost:5173 to WORKLINE_CORS_ORIGINS." in response.text
    (line,) = [line for line in bound if line["event"] == "request"]
    assert "WORKLINE_CORS_ORIGINS" in line["cors"]


async def test_a_refused_header_is_named_with_its_setting(serve: Serve) -> None:
    client = await serve(cors_origins=APP)
    response = await preflight(client, APP, access_control_request_headers="content-type, X-Own, X-Other")
    assert response.status_code == 400
    assert response.text.endswith("Add x-own, x-other to WORKLINE_CORS_HEADERS.")
    client = await serve(cors_origins=APP, cors_headers="Content-Type,X-Own,X-Other")
    response = await preflight(client, APP, access_control_request_headers="content-type, X-Own, X-Other")
    assert response.status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:5173",
        "http://127.0.0.1:3000",
        "https://localhost",
        "http://[::1]:8080",
        "http://app.localhost",
    ],
)
async def test_pages_of_this_machine_are_allowed_in_development_only(serve: Serve, origin: str) -> None:
    client = await serve(env="development")
    response = await preflight(client, origin, access_control_request_headers="authorization,content-type")
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (200, origin)
    answered = await client.post("/graphql", json={"query": "{ hello }"}, headers={"origin": origin})
    assert answered.headers["access-control-allow-origin"] == origin
    assert (await preflight(await serve(env="test"), origin)).status_code == 400


@pytest.mark.parametrize(
    "origin",
    ["http://localhost.example", "http://evil.example?localhost", "http://127.0.0.1.example", "null", "http://[::2]:1"],
)
async def test_other_origins_are_refused_in_development_too(serve: Serve, origin: str) -> None:
    client = await serve(env="development")
    assert (await preflight(client, origin)).status_code == 400
    answered = await client.post("/graphql", json={"query": "{ hello }"}, headers={"origin": origin})
    assert "access-control-allow-origin" not in answered.headers


async def test_the_response_to_a_page_of_another_origin_shows_the_headers_that_it_may_read(serve: Serve) -> None:
    client = await serve(cors_origins=APP)
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers={"origin": APP})
    exposed = "x-request-id, etag, ratelimit, ratelimit-policy, retry-after"
    assert response.headers["access-control-expose-headers"] == exposed
    assert response.headers["vary"] == "Origin"


async def test_an_options_request_that_is_no_preflight_is_answered_like_any_other_method(serve: Serve) -> None:
    assert (await (await serve()).options("/graphql")).status_code == 405


def test_header_names_of_the_setting_do_not_depend_on_letter_case() -> None:
    assert toy_settings(cors_headers="X-One, x-TWO").cors_headers == ["x-one", "x-two"]
