"""Batches: JSON arrays of operations, each of which is answered like a separate request."""

import asyncio
from typing import Any

import httpx
import pytest

from graphql_app.http.negotiation import GRAPHQL_RESPONSE
from tests.http.conftest import Serve
from tests.http.serving import until
from tests.http.toy import VIEWER, Trace

MODERN = {"accept": GRAPHQL_RESPONSE}
HELLO = {"query": "{ hello }"}
HELLO_ADA = {"query": 'query Ada { hello(name: "Ada") }'}
INVALID = {"query": "{ nothing }"}


async def test_the_responses_are_in_the_order_of_the_operations(client: httpx.AsyncClient, trace: Trace) -> None:
    batch = [{"query": "{ slow(seconds: 0.05) }"}, HELLO, HELLO_ADA, {"query": "mutation { change }"}]
    response = await client.post("/graphql", json=batch)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json() == [
        {"data": {"slow": "done"}},
        {"data": {"hello": "Hello, world!"}},
        {"data": {"hello": "Hello, Ada!"}},
        {"data": {"change": 1}},
    ]


async def test_all_operations_have_the_viewer_of_the_request(
    client: httpx.AsyncClient, trace: Trace, bearer: dict[str, str]
) -> None:
    await client.post("/graphql", json=[HELLO, HELLO], headers=bearer)
    assert trace.viewers == [VIEWER, VIEWER]


async def test_an_error_of_one_operation_leaves_the_others(client: httpx.AsyncClient) -> None:
    crash = {"query": "query Crash { hello }", "operationName": "Crash"}
    response = await client.post("/graphql", json=[INVALID, HELLO, crash], headers=MODERN)
    invalid, greeted, crashed = response.json()
    assert response.status_code == 200
    assert codes(invalid) == ["GRAPHQL_VALIDATION_FAILED"]
    assert greeted == {"data": {"hello": "Hello, world!"}}
    assert codes(crashed) == ["INTERNAL_SERVER_ERROR"]
    assert "secret" not in response.text


@pytest.mark.parametrize(("headers", "status"), [({}, 200), (MODERN, 400)])
async def test_a_batch_without_any_data_has_the_status_of_its_errors(
    client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    response = await client.post("/graphql", json=[INVALID, INVALID], headers=headers)
    assert response.status_code == status
    assert [codes(each) for each in response.json()] == [["GRAPHQL_VALIDATION_FAILED"]] * 2


async def test_an_invalid_token_is_an_error_of_each_operation(client: httpx.AsyncClient, trace: Trace) -> None:
    response = await client.post("/graphql", json=[HELLO, HELLO], headers=MODERN | {"authorization": "Bearer x"})
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    assert [codes(each) for each in response.json()] == [["UNAUTHENTICATED"]] * 2
    assert trace.viewers == []


@pytest.mark.parametrize(("most", "length", "reason"), [(2, 3, "at most 2 operations"), (0, 1, "not accepted")])
async def test_the_length_of_a_batch_is_bounded(
    serve: Serve, trace: Trace, most: int, length: int, reason: str
) -> None:
    client = await serve(batch_operations=most)
    response = await client.post("/graphql", json=[HELLO] * length)
    assert response.status_code == 400
    assert reason in response.json()["errors"][0]["message"]
    assert trace.viewers == []


async def test_the_bytes_of_all_responses_are_bounded(serve: Serve, trace: Trace) -> None:
    client = await serve(max_response_bytes=5_000, socket_operations=1)
    large = {"query": "{ large(kilobytes: 2) }"}
    batch = [large, large, large, HELLO, {"query": "mutation { change }"}, {"query": "{ large(kilobytes: 1) }"}]
    response = await client.post("/graphql", json=batch)
    first, second, third, small, change, last = response.json()
    assert first == second == {"data": {"large": "x" * 2_000}}
    assert [codes(each) for each in (third, last)] == [["RESPONSE_TOO_LARGE"]] * 2
    assert third["errors"][0]["extensions"]["limit"] == 5_000
    assert (small, change) == ({"data": {"hello": "Hello, world!"}}, {"data": {"change": 1}})
    assert len(response.content) < 6_000


async def test_an_operation_without_bytes_left_is_not_executed(serve: Serve, trace: Trace) -> None:
    client = await serve(max_response_bytes=23, socket_operations=1)
    change = {"query": "mutation { change }"}
    response = await client.post("/graphql", json=[change, change, change])
    done, also_done, refused = response.json()
    assert (done, also_done) == ({"data": {"change": 1}}, {"data": {"change": 2}})
    assert (codes(refused), trace.changes) == (["RESPONSE_TOO_LARGE"], 2)


async def test_an_idempotency_key_in_a_header_is_refused_for_several_operations(
    client: httpx.AsyncClient, trace: Trace
) -> None:
    headers = {"idempotency-key": "once"}
    assert (await client.post("/graphql", json=[HELLO, HELLO], headers=headers)).status_code == 400
    assert (await client.post("/graphql", json=[HELLO], headers=headers)).status_code == 200
    assert trace.keys == ["once"]


async def test_only_some_operations_run_at_the_same_time(serve: Serve, trace: Trace) -> None:
    client = await serve(socket_operations=2)
    response = await client.post("/graphql", json=[{"query": "{ slow(seconds: 0.01) }"}] * 6)
    assert len(response.json()) == 6
    assert trace.most_running == 2


async def test_a_subscription_cannot_be_part_of_a_batch(client: httpx.AsyncClient) -> None:
    refused, answered = (await client.post("/graphql", json=[{"query": "subscription { wait }"}, HELLO])).json()
    assert codes(refused) == ["BAD_REQUEST"]
    assert answered == {"data": {"hello": "Hello, world!"}}


async def test_each_operation_has_a_line_in_the_log(client: httpx.AsyncClient, bound: list[dict[str, Any]]) -> None:
    await client.post("/graphql", json=[HELLO_ADA, {"query": "query Wrong { nothing }"}])
    lines = [line for line in bound if line["event"] == "operation"]
    assert [(line.get("operation"), line.get("errors")) for line in lines] == [
        ("Ada", None),
        ("Wrong", ["GRAPHQL_VALIDATION_FAILED"]),
    ]
    (request,) = [line for line in bound if line["event"] == "request"]
    assert (request["batch"], request["errors"]) == (2, ["GRAPHQL_VALIDATION_FAILED"])
    assert {line["request_id"] for line in lines} == {request["request_id"]}


async def test_a_disconnect_cancels_all_operations_of_a_batch(client: httpx.AsyncClient, trace: Trace) -> None:
    request = asyncio.create_task(client.post("/graphql", json=[{"query": "{ slow }"}] * 3))
    await until(lambda: trace.running == 3)
    request.cancel()
    await asyncio.wait([request])
    await until(lambda: trace.cancelled == 3)


def codes(body: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in body["errors"]]
