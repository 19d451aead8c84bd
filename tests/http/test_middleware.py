"""Middleware and other routes: request ids, access log, headers, CORS, health and the playground."""

import gzip
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from graphql_app.execution.errors import PartlyCommitted
from graphql_app.execution.request import GraphQLResponse
from graphql_app.http.logging import begin_log_context, bind_response, log_context
from graphql_app.playground import load_page
from tests.http.conftest import Serve
from tests.http.toy import (
    VIEWER,
    Trace,
    database_answers,
    database_is_gone,
    database_is_slow,
    migrations_are_pending,
)

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ELSEWHERE = {"origin": "https://elsewhere.example"}
ALLOWED = {"origin": "https://app.example"}


@pytest.mark.parametrize("name", ["abc-123_x.Y", "a", "a" * 64])
async def test_a_valid_request_id_of_the_client_is_kept(client: httpx.AsyncClient, trace: Trace, name: str) -> None:
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers={"x-request-id": name})
    assert response.headers["x-request-id"] == name
    assert trace.request_ids == [name]


@pytest.mark.parametrize("name", ["", "a" * 65, "a b", "a;b", "é", '{"a":1}'])
async def test_an_invalid_request_id_is_replaced(client: httpx.AsyncClient, trace: Trace, name: str) -> None:
    headers = [(b"x-request-id", name.encode())]
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers=headers)
    assert trace.request_ids == [response.headers["x-request-id"]]
    assert len(response.headers["x-request-id"]) == 32


async def test_each_request_has_its_own_id_even_if_it_fails(client: httpx.AsyncClient) -> None:
    responses = [await client.get("/nowhere"), await client.get("/nowhere"), await client.get("/health/live")]
    assert len({response.headers["x-request-id"] for response in responses}) == 3


async def test_a_request_writes_one_log_line(
    client: httpx.AsyncClient, bearer: dict[str, str], bound: list[dict[str, Any]]
) -> None:
    request = {"query": "query Greet { hello missing }", "operationName": "Greet"}
    response = await client.post("/graphql", json=request, headers=bearer)
    (line,) = [line for line in bound if line["event"] == "request"]
    duration = line.pop("duration_ms")
    assert duration > 0
    assert line == {
        "event": "request",
        "log_level": "info",
        "method": "POST",
        "path": "/graphql",
        "status": 200,
        "client": "127.0.0.1",
        "operation": "Greet",
        "errors": ["FORBIDDEN"],
        "request_id": response.headers["x-request-id"],
        "organization_id": str(VIEWER.organization_id),
        "user_id": str(VIEWER.user_id),
    }


async def test_a_log_line_contains_the_client_application_and_the_cost(
    client: httpx.AsyncClient, bound: list[dict[str, Any]]
) -> None:
    headers = {"apollographql-client-name": "web " * 50, "apollographql-client-version": " 2.3 "}
    await client.post("/graphql", json={"query": "{ hello }"}, headers=headers)
    (line,) = [line for line in bound if line["event"] == "request"]
    assert (line["client_name"], line["client_version"]) == (("web " * 25).strip(), "2.3")
    begin_log_context()
    bind_response(GraphQLResponse({"data": None}, executed=True, cost=55))
    assert log_context() == {"cost": 55}


async def test_a_log_line_contains_no_fact_of_the_previous_request(
    client: httpx.AsyncClient, bearer: dict[str, str], bound: list[dict[str, Any]]
) -> None:
    request = {"query": "query Greet { hello missing }", "operationName": "Greet"}
    await client.post("/graphql", json=request, headers=bearer)
    await client.post("/graphql", json={"query": "{ hello }"})
    *_, line = bound
    assert set(line) == {"event", "log_level", "method", "path", "status", "duration_ms", "request_id", "client"}


@pytest.mark.parametrize(("fell_back", "facts"), [("", {}), ("introspection", {"fell_back": "introspection"})])
def test_a_log_line_contains_the_reason_for_the_absence_of_a_plan(fell_back: str, facts: dict[str, Any]) -> None:
    begin_log_context()
    bind_response(GraphQLResponse({"data": None}, executed=True, fell_back=fell_back))
    assert log_context() == facts


async def test_no_log_line_contains_a_token_a_variable_or_a_document(
    client: httpx.AsyncClient, bearer: dict[str, str], bound: list[dict[str, Any]]
) -> None:
    document = "query Q($name: String!) { confidentialAlias: hello(name: $name) }"
    parameters = {"query": document, "variables": '{"name": "hunter2"}'}
    await client.get("/graphql", params=parameters, headers=bearer)
    await client.post("/graphql", json={"query": document, "variables": {"name": ["hunter2"]}}, headers=bearer)
    await client.post("/graphql", content=b'{"password": "hunter2"', headers={"content-type": "application/json"})
    written = json.dumps(bound, default=str)
    assert len(bound) >= 3
    for secret in ("hunter2", "confidentialAlias", bearer["authorization"].removeprefix("Bearer ")):
        assert secret not in written


async def test_an_operation_named_only_in_the_document_is_named_in_the_log(
    client: httpx.AsyncClient, bound: list[dict[str, Any]]
) -> None:
    await client.post(
        "/graphql", json={"query": "  query Greet($n: String!) { hello(name: $n) }", "variables": {"n": ""}}
    )
    await client.post("/graphql", json={"query": "{ query: hello }"})
    assert [line.get("operation") for line in bound] == ["Greet", None]


async def test_a_long_operation_name_is_truncated_in_the_log(
    client: httpx.AsyncClient, bound: list[dict[str, Any]]
) -> None:
    await client.post("/graphql", json={"query": "{ hello }", "operationName": "x" * 5000})
    assert bound[-1]["operation"] == "x" * 100


async def test_health_probes_are_logged_at_level_debug(serve: Serve, bound: list[dict[str, Any]]) -> None:
    client = await serve()
    await client.get("/health/live")
    broken = await serve({"database": database_is_gone})
    await broken.get("/health/ready")
    levels = [line["log_level"] for line in bound if line["event"] == "request"]
    assert levels == ["debug", "info"]


async def test_responses_carry_security_headers(client: httpx.AsyncClient) -> None:
    for path in ("/graphql", "/health/live", "/nowhere"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


async def test_an_unknown_origin_may_not_read_responses(serve: Serve) -> None:
    client = await serve(cors_origins="https://app.example")
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers=ELSEWHERE)
    assert "access-control-allow-origin" not in response.headers
    assert (await preflight(client, ELSEWHERE)).status_code == 400


async def test_a_configured_origin_may_send_a_token_and_read_the_request_id(serve: Serve) -> None:
    client = await serve(cors_origins="https://app.example, https://other.example")
    asked = await preflight(client, ALLOWED)
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == ALLOWED["origin"]
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers=ALLOWED)
    assert response.headers["access-control-allow-origin"] == ALLOWED["origin"]
    exposed = "x-request-id, etag, ratelimit, ratelimit-policy, retry-after"
    assert response.headers["access-control-expose-headers"] == exposed
    assert "access-control-allow-credentials" not in response.headers


async def test_a_configured_origin_may_read_the_error_of_a_failed_request(serve: Serve) -> None:
    client = await serve(cors_origins="https://app.example")
    request = {"query": "query Crash { hello }", "operationName": "Crash"}
    response = await client.post("/graphql", json=request, headers=ALLOWED)
    assert response.status_code == 500
    assert response.headers["access-control-allow-origin"] == ALLOWED["origin"]


async def test_all_origins_may_be_allowed(serve: Serve) -> None:
    client = await serve(cors_origins="*")
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers=ELSEWHERE)
    assert response.headers["access-control-allow-origin"] == "*"


async def test_the_process_is_alive_regardless_of_the_database(serve: Serve) -> None:
    client = await serve({"database": database_is_gone})
    response = await client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_the_process_is_ready_when_all_checks_pass(serve: Serve) -> None:
    async def pool() -> dict[str, int]:
        return {"size": 10, "borrowed": 1}

    client = await serve({"database": database_answers, "pool": pool})
    response = await client.get("/health/ready")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "checks": {"database": {"status": "ok"}, "pool": {"status": "ok", "size": 10, "borrowed": 1}},
    }


async def test_failed_checks_are_listed_without_secrets(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphql_app.http.health.CHECK_TIMEOUT", 0.01)
    client = await serve(
        {"database": database_is_gone, "replica": database_is_slow, "migrations": migrations_are_pending}
    )
    response = await client.get("/health/ready")
    assert response.status_code == 503
    assert response.json() == {
        "status": "unavailable",
        "checks": {
            "database": {"status": "failed", "message": "The check failed. The log contains the cause."},
            "replica": {"status": "failed", "message": "No answer within 0.01 seconds."},
            "migrations": {"status": "failed", "message": "2 migrations are pending."},
        },
    }


async def test_a_stopping_process_is_not_ready(serve: Serve) -> None:
    client = await serve()
    transport = client._transport
    assert isinstance(transport, httpx.ASGITransport)
    transport.app.state.services.drain.announce()  # type: ignore[attr-defined]
    response = await client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["checks"]["server"] == {"status": "failed", "message": "The server is stopping."}


async def test_a_stopped_operation_names_the_fields_that_it_has_committed(
    app: Starlette, client: httpx.AsyncClient
) -> None:
    services: Any = app.state.services
    saved = GraphQLResponse({"data": None, "errors": [{"message": "Saved: a."}]}, executed=True)

    class Stopped:
        async def execute(self, *_: Any, **options: Any) -> GraphQLResponse:
            services.drain.begin()
            raise PartlyCommitted(saved)

    app.state.services = replace(services, executor=Stopped())
    response = await client.post("/graphql", json={"query": "mutation { a }"})
    assert response.json() == saved.body


async def test_a_browser_receives_the_playground(serve: Serve) -> None:
    client = await serve(playground=True)
    page = load_page()
    response = await client.get("/graphql", headers=BROWSER)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["content-security-policy"] == page.content_security_policy
    assert response.headers["vary"].startswith("accept, accept-encoding")
    assert response.content == gzip.decompress(page.gzip)


async def test_a_browser_without_gzip_receives_the_page_uncompressed(serve: Serve) -> None:
    client = await serve(playground=True)
    response = await client.get("/graphql", headers=BROWSER | {"accept-encoding": "identity"})
    assert "content-encoding" not in response.headers
    assert response.content == load_page().html


async def test_a_browser_with_a_current_copy_receives_304(serve: Serve) -> None:
    client = await serve(playground=True)
    etag = (await client.get("/graphql", headers=BROWSER)).headers["etag"]
    response = await client.get("/graphql", headers=BROWSER | {"if-none-match": etag})
    assert (response.status_code, response.content) == (304, b"")
    again = await client.get("/graphql", headers=BROWSER | {"if-none-match": '"another"'})
    assert again.status_code == 200


async def test_a_client_that_does_not_accept_html_receives_no_page(serve: Serve) -> None:
    client = await serve(playground=True)
    response = await client.get("/graphql", headers={"accept": "*/*"})
    assert (response.status_code, response.headers["content-type"]) == (400, "application/json; charset=utf-8")


async def test_no_page_is_served_if_the_playground_is_off(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql", headers=BROWSER)
    assert (response.status_code, response.headers["content-type"]) == (400, "application/json; charset=utf-8")


async def preflight(client: httpx.AsyncClient, origin: dict[str, str]) -> httpx.Response:
    asked = {
        "access-control-request-method": "POST",
        "access-control-request-headers": (
            "apollographql-client-name,apollographql-client-version,authorization,content-type,idempotency-key,x-request-id"
        ),
    }
    return await client.options("/graphql", headers=origin | asked)
