"""Synchronous and asynchronous requests of gql over HTTP."""

import asyncio
from typing import Any

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport, HTTPXTransport

TASKS = """
    query Tasks($first: Int!, $after: String) {
      tasks(first: $first, after: $after, filter: {status: {eq: OPEN}}, orderBy: [{title: {}}]) {
        totalCount
        nodes { title status }
        pageInfo { hasNextPage endCursor }
      }
    }
"""
CREATE = "mutation Create($input: CreateTaskInput!) { createTask(input: $input) { task { id } errors { code path } } }"


@pytest.fixture
def client(url: str, bearer: dict[str, str]) -> Client:
    return Client(transport=HTTPXTransport(url=url, headers=bearer))


def execute(client: Client, document: str, **variables: Any) -> dict[str, Any]:
    request = gql(document)
    request.variable_values = variables
    answer: dict[str, Any] = client.execute(request)
    return answer


def test_a_query_is_answered_page_by_page(client: Client) -> None:
    titles: list[str] = []
    page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while page["hasNextPage"]:
        tasks = execute(client, TASKS, first=10, after=page["endCursor"])["tasks"]
        titles += [task["title"] for task in tasks["nodes"]]
        page = tasks["pageInfo"]
    assert len(titles) == tasks["totalCount"] > 10


def test_a_mutation_returns_the_record_or_user_errors(client: Client) -> None:
    created = execute(client, CREATE, input={"title": "Check the spokes"})["createTask"]
    assert (created["task"] is not None, created["errors"]) == (True, [])
    refused = execute(client, CREATE, input={"title": ""})["createTask"]
    assert (refused["task"], refused["errors"][0]["path"]) == (None, ["title"])


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}])
def test_a_request_without_a_token_is_unauthenticated(url: str, headers: dict[str, str]) -> None:
    stranger = Client(transport=HTTPXTransport(url=url, headers=headers))
    with pytest.raises(TransportQueryError) as caught:
        execute(stranger, TASKS, first=1)
    assert caught.value.errors is not None
    assert [error["extensions"]["code"] for error in caught.value.errors] == ["UNAUTHENTICATED"]


async def test_requests_run_concurrently(url: str, bearer: dict[str, str]) -> None:
    request = gql(TASKS)
    request.variable_values = {"first": 3}
    async with Client(transport=HTTPXAsyncTransport(url=url, headers=bearer)) as session:
        answers = await asyncio.gather(*(session.execute(request) for _ in range(5)))
    assert all(len(answer["tasks"]["nodes"]) == 3 for answer in answers)
