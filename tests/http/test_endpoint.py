"""`/graphql` by POST and GET: status, media type and body of every kind of response."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from graphql_app.http.negotiation import GRAPHQL_RESPONSE, JSON
from tests.http.conftest import Serve
from tests.http.toy import VIEWER, Trace

MODERN = {"accept": GRAPHQL_RESPONSE}
PREFLIGHTED = {"apollo-require-preflight": "true"}


async def test_a_query_by_post_is_answered(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "{ hello }"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == {"data": {"hello": "Hello, world!"}}


async def test_variables_and_the_operation_name_are_used(client: httpx.AsyncClient) -> None:
    document = "query A { hello } query B($name: String!) { hello(name: $name) }"
    request = {"query": document, "operationName": "B", "variables": {"name": "Ada"}, "extensions": {}}
    response = await client.post("/graphql", json=request)
    assert response.json() == {"data": {"hello": "Hello, Ada!"}}


async def test_null_counts_as_an_absent_parameter(client: httpx.AsyncClient) -> None:
    request = {"query": "{ hello }", "operationName": None, "variables": None, "extensions": None}
    assert (await client.post("/graphql", json=request)).json() == {"data": {"hello": "Hello, world!"}}


async def test_an_empty_operation_name_counts_as_absent(client: httpx.AsyncClient) -> None:
    request = {"query": "{ hello }", "operationName": ""}
    posted = await client.post("/graphql", json=request)
    got = await client.get("/graphql", params=request, headers=PREFLIGHTED)
    assert posted.json() == got.json() == {"data": {"hello": "Hello, world!"}}


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ([f"{JSON};q=0, */*"], GRAPHQL_RESPONSE),
        ([f"{JSON};q=0", "*/*"], GRAPHQL_RESPONSE),
        ([JSON, GRAPHQL_RESPONSE], GRAPHQL_RESPONSE),
        (["text/csv", JSON], JSON),
    ],
)
async def test_several_accept_lines_select_the_media_type(
    client: httpx.AsyncClient, accept: list[str], expected: str
) -> None:
    headers = [("accept", line) for line in accept]
    del client.headers["accept"]
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (200, f"{expected}; charset=utf-8")


async def test_a_query_by_get_is_answered(client: httpx.AsyncClient) -> None:
    parameters = {
        "query": "query Q($n: String!) { hello(name: $n) }",
        "variables": '{"n": "Ada"}',
        "operationName": "Q",
    }
    response = await client.get("/graphql", params=parameters, headers=PREFLIGHTED)
    assert (response.status_code, response.json()) == (200, {"data": {"hello": "Hello, Ada!"}})


@pytest.mark.parametrize("accept", [JSON, GRAPHQL_RESPONSE])
async def test_a_mutation_by_get_changes_nothing(client: httpx.AsyncClient, trace: Trace, accept: str) -> None:
    headers = PREFLIGHTED | {"accept": accept}
    response = await client.get("/graphql", params={"query": "mutation { change }"}, headers=headers)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert codes(response) == ["BAD_REQUEST"]
    assert trace.changes == 0
    assert (await client.post("/graphql", json={"query": "mutation { change }"})).json() == {"data": {"change": 1}}


@pytest.mark.parametrize("headers", [{}, MODERN])
async def test_a_get_without_a_preflight_header_is_rejected_as_unauthenticated(
    client: httpx.AsyncClient, trace: Trace, headers: dict[str, str]
) -> None:
    """The client urql sends queries by GET, and logs in at this code."""
    response = await client.get("/graphql", params={"query": "{ hello }"}, headers=headers)
    assert (response.status_code, codes(response)) == (401, ["UNAUTHENTICATED"])
    assert response.headers["www-authenticate"] == "Bearer"
    assert "Apollo-Require-Preflight" in message(response)
    assert trace.viewers == []


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"query": "{"}, 400, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, 400, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query Private { hello }", "operationName": "Private"}, 401, "UNAUTHENTICATED"),
        ({"query": "query OwnersOnly { hello }", "operationName": "OwnersOnly"}, 403, "FORBIDDEN"),
    ],
)
async def test_the_status_reports_the_outcome_only_for_graphql_response_json(
    client: httpx.AsyncClient, request_: Any, status: int, code: str
) -> None:
    modern = await client.post("/graphql", json=request_, headers=MODERN)
    assert (modern.status_code, codes(modern)) == (status, [code])
    assert modern.headers["content-type"] == f"{GRAPHQL_RESPONSE}; charset=utf-8"
    assert "data" not in modern.json()
    classic = await client.post("/graphql", json=request_)
    assert (classic.status_code, classic.json()) == (200, modern.json())


@pytest.mark.parametrize("headers", [{}, MODERN])
async def test_an_error_of_a_field_is_part_of_the_response(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    response = await client.post("/graphql", json={"query": "{ hello missing }"}, headers=headers)
    assert response.status_code == 200
    assert response.json()["data"] == {"hello": "Hello, world!", "missing": None}


async def test_a_valid_token_identifies_the_viewer(
    client: httpx.AsyncClient, bearer: dict[str, str], trace: Trace
) -> None:
    await client.post("/graphql", json={"query": "{ hello }"}, headers=bearer)
    await client.post("/graphql", json={"query": "{ hello }"})
    assert trace.viewers == [VIEWER, None]


async def test_the_idempotency_key_header_is_passed_to_the_executor(client: httpx.AsyncClient, trace: Trace) -> None:
    for headers in ({"Idempotency-Key": "once"}, {}):
        await client.post("/graphql", json={"query": "mutation { change }"}, headers=headers)
    assert trace.keys == ["once", None]


@pytest.mark.parametrize("header", ["Bearer x.y.z", "Basic dTpw", "Bearer"])
async def test_an_invalid_token_is_an_error_even_for_public_fields(
    client: httpx.AsyncClient, trace: Trace, header: str
) -> None:
    request = {"query": "{ hello }"}
    modern = await client.post("/graphql", json=request, headers=MODERN | {"authorization": header})
    assert (modern.status_code, codes(modern)) == (401, ["UNAUTHENTICATED"])
    assert modern.headers["www-authenticate"] == "Bearer"
    classic = await client.post("/graphql", json=request, headers={"authorization": header})
    assert (classic.status_code, codes(classic)) == (200, ["UNAUTHENTICATED"])
    assert trace.viewers == []


@pytest.mark.parametrize("headers", [{}, MODERN])
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"a":' * 100_000, "not valid JSON"),
        (b"\xff\xfe{}", "not valid JSON"),
        (b'{"query": "\\ud800"}', "not valid JSON"),
        (b'{"query": NaN}', "not valid JSON"),
        (b"5", "JSON object"),
        (b"null", "JSON object"),
        (b'"{ hello }"', "JSON object"),
        (b"[]", "contains no operation"),
        (b"[[[]]]", "not a list"),
        (b'[{"query": "{ hello }"}, 5]', "JSON object"),
        (b"{}", "`query` is required"),
        (b'{"query": " "}', "`query` is required"),
        (b'{"query": null}', "`query` is required"),
        (b'{"query": 5}', "`query` must be a string"),
        (b'{"query": ["{ hello }"]}', "`query` must be a string"),
        (b'{"query": "{ hello }", "variables": []}', "`variables` must be a JSON object"),
        (b'{"query": "{ hello }", "variables": "{}"}', "`variables` must be a JSON object"),
        (b'{"query": "{ hello }", "extensions": 1}', "`extensions` must be a JSON object"),
        (b'{"query": "{ hello }", "operationName": {}}', "`operationName` must be a string"),
        (b'{"query": "{ hello }", "onError": "IGNORE"}', "`onError` must be NULL, PROPAGATE or HALT"),
        (b'{"documentId": 5}', "`documentId` must be a string"),
        (b'{"doc_id": ["a"]}', "`doc_id` must be a string"),
        (b'{"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "a"}}}', "version` must be 1"),
        (b'{"extensions": {"persistedQuery": {"version": 1}}}', "sha256Hash` is required"),
        (b'{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": 5}}}', "`sha256Hash` must be a string"),
    ],
    ids=lambda value: str(value[:40]),
)
async def test_a_malformed_body_is_rejected_with_400_and_the_reason(
    client: httpx.AsyncClient, trace: Trace, body: bytes, reason: str, headers: dict[str, str]
) -> None:
    response = await client.post("/graphql", content=body, headers={"content-type": "application/json"} | headers)
    assert (response.status_code, codes(response)) == (400, ["BAD_REQUEST"])
    assert response.headers["content-type"].startswith(headers.get("accept", JSON))
    assert reason in message(response)
    assert trace.viewers == []


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({}, "`query` is required"),
        ({"query": ""}, "`query` is required"),
        ({"query": " "}, "`query` is required"),
        ({"query": "{ hello }", "variables": "{"}, "`variables` is not valid JSON"),
        ({"query": "{ hello }", "variables": "5"}, "`variables` must be a JSON object"),
        ({"query": "{ hello }", "extensions": "[]"}, "`extensions` must be a JSON object"),
    ],
)
async def test_a_malformed_query_string_is_rejected_with_400_and_the_reason(
    client: httpx.AsyncClient, parameters: dict[str, str], reason: str
) -> None:
    response = await client.get("/graphql", params=parameters, headers=PREFLIGHTED)
    assert response.status_code == 400
    assert reason in message(response)


async def test_a_body_of_another_media_type_is_rejected_with_415(client: httpx.AsyncClient, trace: Trace) -> None:
    response = await client.post("/graphql", content=b'{"query": "{ hello }"}', headers={"content-type": "text/plain"})
    assert response.status_code == 415
    assert response.headers["accept-post"] == "application/json"
    assert trace.viewers == []


async def test_a_client_that_accepts_no_json_is_rejected_with_406(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers={"accept": "text/csv"})
    assert response.status_code == 406
    assert GRAPHQL_RESPONSE in message(response)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_another_method_is_rejected_with_405(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql")
    assert (response.status_code, codes(response)) == (405, ["BAD_REQUEST"])
    assert {"GET", "POST"} <= set(response.headers["allow"].split(", "))


async def test_another_path_is_rejected_with_404(client: httpx.AsyncClient) -> None:
    response = await client.get("/nowhere")
    assert (response.status_code, codes(response)) == (404, ["NOT_FOUND"])


async def test_a_declared_length_over_the_limit_is_rejected_before_the_body_is_read(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphql_app.http.body.LINGERING", 0)
    client = await serve(max_body_bytes=1000)
    read = Chunks(100)
    headers = {"content-type": "application/json", "content-length": "100000"}
    response = await client.post("/graphql", content=read.stream(), headers=headers)
    assert (response.status_code, response.headers["connection"]) == (413, "close")
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST", "maxBytes": 1000}
    assert read.chunks == 0


@pytest.mark.parametrize("declared", [{}, {"content-length": "10"}, {"content-length": "ten"}])
async def test_an_undeclared_length_is_counted_during_reading(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, declared: dict[str, str]
) -> None:
    monkeypatch.setattr("graphql_app.http.body.LINGERING", 0)
    client = await serve(max_body_bytes=1000)
    read = Chunks(100)
    headers = {"content-type": "application/json"} | declared
    response = await client.post("/graphql", content=read.stream(), headers=headers)
    assert response.status_code == 413
    assert read.chunks == 11


async def test_a_body_of_exactly_the_limit_is_accepted(serve: Serve) -> None:
    body = orjson.dumps({"query": "{ hello }"})
    client = await serve(max_body_bytes=len(body))
    headers = {"content-type": "application/json"}
    assert (await client.post("/graphql", content=body, headers=headers)).status_code == 200
    assert (await client.post("/graphql", content=body + b" ", headers=headers)).status_code == 413


async def test_a_lone_surrogate_is_replaced_in_the_response(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "{ surrogate }"})
    assert response.json() == {"data": {"surrogate": "before \ufffd after"}}


async def test_a_bug_in_a_field_is_masked(client: httpx.AsyncClient, lines: list[dict[str, Any]]) -> None:
    response = await client.post("/graphql", json={"query": "{ broken }"})
    assert "secret" not in response.text
    assert error_id(response) in [line.get("error_id") for line in lines]


@pytest.mark.parametrize("headers", [{}, MODERN])
async def test_a_bug_outside_of_fields_is_masked(
    client: httpx.AsyncClient, lines: list[dict[str, Any]], headers: dict[str, str]
) -> None:
    request = {"query": "query Crash { hello }", "operationName": "Crash"}
    response = await client.post("/graphql", json=request, headers=headers)
    assert (response.status_code, codes(response)) == (500, ["INTERNAL_SERVER_ERROR"])
    assert "secret" not in response.text
    (line,) = [line for line in lines if line.get("error_id") == error_id(response)]
    assert str(line["exc_info"]) == "a secret of the implementation"


async def test_the_root_path_redirects_to_the_api(client: httpx.AsyncClient) -> None:
    response = await client.get("/")
    assert (response.status_code, response.headers["location"]) == (307, "/graphql")


class Chunks:
    """Body in chunks of 100 bytes that counts the requested chunks."""

    def __init__(self, available: int) -> None:
        self.available = available
        self.chunks = 0

    async def stream(self) -> AsyncIterator[bytes]:
        for _ in range(self.available):
            self.chunks += 1
            yield b" " * 100


def codes(response: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]


def message(response: httpx.Response) -> str:
    text: str = response.json()["errors"][0]["message"]
    return text


def error_id(response: httpx.Response) -> str:
    found: str = response.json()["errors"][0]["extensions"]["errorId"]
    return found
