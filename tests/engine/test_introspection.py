"""Introspection: executed once per document, operation and variables, with the same bytes, and bounded in memory."""

import asyncio
from collections.abc import AsyncIterator
from threading import current_thread
from typing import Any
from uuid import UUID

import pytest
from graphql import ExecutionResult, experimental_execute_incrementally, get_introspection_query, parse

from graphql_app.execution import introspection
from graphql_app.execution.caches import CacheLimits
from graphql_app.execution.cost import CostLimits
from graphql_app.execution.encoding import encode
from graphql_app.execution.graphql_core_adapter import execute_operation
from graphql_app.execution.introspection import MOST_RESULTS, IntrospectionCache
from graphql_app.execution.request import GraphQLRequest
from graphql_app.types.schema import Api
from tests.engine.datasets import Libraries, library
from tests.engine.toy_api import Toy, toy_on, wide

LARGE = library("large").organization
FULL = get_introspection_query(directive_is_repeatable=True, input_value_deprecation=True)
BY_NAME = "query ($name: String!) { __type(name: $name) { name kind } }"
DEPRECATED = """query ($x: Boolean! = false) {
  __type(name: "Query") { fields(includeDeprecated: $x) { name } } __typename @include(if: $x)
}"""
IN_FRAGMENTS = """
{ kind: __typename s: __schema { queryType { name } } ...F }
fragment F on Query { ... { __type(name: "Book") { name } } }
"""
SEVERAL = 'query A { __schema { queryType { name } } } query B { __type(name: "Book") { name } }'
REQUESTS: list[tuple[str, dict[str, Any]]] = [
    (FULL, {}),
    (IN_FRAGMENTS, {}),
    (BY_NAME, {"name": "Book"}),
    (BY_NAME, {"name": "Shelf"}),
    (BY_NAME, {"name": "é"}),
    (DEPRECATED, {}),
    (DEPRECATED, {"x": True}),
    (DEPRECATED, {"x": False}),
]
ORDINARY = [
    "{ __typename }",
    "{ __typename greeting }",
    "{ __schema { queryType { name } } greeting }",
    "{ __schema { queryType { name } } ...F } fragment F on Query { books { totalCount } }",
]


@pytest.fixture
async def fresh(api: Api, libraries: Libraries) -> AsyncIterator[Toy]:
    """Run the toy with empty caches."""
    async with toy_on(api, libraries.database.app) as toy:
        yield toy


@pytest.fixture
def executions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the name of the thread of each execution by graphql-core."""
    threads: list[str] = []

    def counted(*arguments: Any, **options: Any) -> Any:
        threads.append(current_thread().name)
        return execute_operation(*arguments, **options)

    monkeypatch.setattr("graphql_app.execution.runner.execute_operation", counted)
    return threads


def expected(api: Api, query: str, variables: dict[str, Any]) -> bytes:
    """Return the response of graphql-core without caches."""
    result = experimental_execute_incrementally(api.graphql_schema, parse(query), variable_values=variables)
    assert isinstance(result, ExecutionResult)
    assert not result.errors
    return encode({"data": result.data})


def kept(toy: Toy, query: str, viewer: UUID | None = None) -> IntrospectionCache:
    """Return the cached results of a document for this kind of viewer."""
    documents = toy.executor._anonymous_documents if viewer is None else toy.executor._documents
    return documents.get(query).introspections


async def test_a_cached_introspection_has_the_same_bytes(fresh: Toy, api: Api, executions: list[str]) -> None:
    for _ in range(3):
        for query, variables in REQUESTS:
            for viewer in (None, LARGE):
                response = await fresh.respond(query, viewer, **variables)
                assert response.encoded == expected(api, query, variables)
                assert fresh.statements == []
    # a variable that is omitted has its default; clients without a token have a separate cache
    assert len(executions) == 2 * (len(REQUESTS) - 1)


async def test_an_introspection_is_computed_outside_the_event_loop(fresh: Toy, executions: list[str]) -> None:
    await fresh.fetch(FULL, None)
    assert [name.rpartition("_")[0] for name in executions] == ["documents"]


async def test_concurrent_introspections_share_a_result(fresh: Toy, executions: list[str]) -> None:
    responses = await asyncio.gather(*(fresh.respond(FULL, None) for _ in range(10)))
    assert len({response.encoded for response in responses}) == 1
    # the thread may begin the second before the event loop has kept the first
    assert len(executions) <= 2


async def test_each_operation_of_a_document_has_its_own_cached_result(fresh: Toy) -> None:
    for _ in range(2):
        for name, body in (
            ("A", {"__schema": {"queryType": {"name": "Query"}}}),
            ("B", {"__type": {"name": "Book"}}),
        ):
            response = await fresh.executor.execute(GraphQLRequest(SEVERAL, operation_name=name))
            assert response.encoded == encode({"data": body})


@pytest.mark.parametrize("query", ORDINARY)
async def test_introspection_beside_ordinary_fields_is_not_cached(fresh: Toy, query: str) -> None:
    for _ in range(2):
        data = await fresh.fetch(query, LARGE)
        assert data.get("greeting", "Welcome.") == "Welcome."
    assert kept(fresh, query, LARGE).size == 0


async def test_a_result_with_errors_is_not_cached(fresh: Toy) -> None:
    query = "query ($x: Boolean = true) { __schema @include(if: $x) { queryType { name } } }"
    for _ in range(2):
        assert (await fresh.respond(query, None, x=None)).codes == ["BAD_USER_INPUT"]
        assert (await fresh.respond(query, None, x="text")).codes == ["BAD_USER_INPUT"]
    assert kept(fresh, query).size == 0
    for value, schema in ((True, {"__schema": {"queryType": {"name": "Query"}}}), (False, {})):
        assert (await fresh.respond(query, None, x=value)).encoded == encode({"data": schema})


async def test_a_trace_describes_its_own_request(built: Api, libraries: Libraries) -> None:
    query = "{ __schema { queryType { name } } }"
    for plan in (True, False):
        async with toy_on(built, libraries.database.app, options=wide(plan=plan, trace=True)) as toy:
            for _ in range(2):
                response = await toy.respond(query, None)
                assert response.body["data"] == {"__schema": {"queryType": {"name": "Query"}}}
                assert response.body["extensions"]["trace"]["statements"] == []
            assert kept(toy, query).size == 0


async def test_the_number_of_cached_results_per_document_is_bounded(fresh: Toy, api: Api) -> None:
    names = [f"Nothing{number}" for number in range(MOST_RESULTS + 3)]
    for name in names:
        await fresh.respond(BY_NAME, None, name=name)
    results = kept(fresh, BY_NAME)
    assert [key[1] for key in results._results] == [encode({"name": name}) for name in names[-MOST_RESULTS:]]
    assert (await fresh.respond(BY_NAME, None, name="Book")).encoded == expected(api, BY_NAME, {"name": "Book"})


async def test_the_bytes_of_cached_results_per_document_are_bounded(
    fresh: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(introspection, "LARGEST_RESULTS", 10_000)
    for length in (3_000, 3_001, 3_002, 3_003, 20_000):
        await fresh.respond(BY_NAME, None, name="x" * length)
        results = kept(fresh, BY_NAME)
        assert len(results._results) <= 3
        assert 0 < results.size < 10_000
    assert {len(key[1]) for key in results._results} == {len(encode({"name": "x" * n})) for n in (3_001, 3_002, 3_003)}


async def test_cached_results_count_toward_the_size_of_their_document(api: Api, libraries: Libraries) -> None:
    caches = CacheLimits(document_bytes=5_000_000)
    async with toy_on(api, libraries.database.app, options=wide(caches=caches)) as toy:
        for number in range(50):
            query = f"query ($name: String!) {{ a{number}: __type(name: $name) {{ name }} }}"
            await toy.respond(query, None, name="x" * 100_000)
            documents = toy.executor._anonymous_documents._documents
            assert 0 < sum(document.size for document in documents.values()) <= 1_000_000
            assert query in documents
        assert 5 < len(documents) < 10


async def test_a_response_that_is_too_long_is_rejected_each_time(api: Api, libraries: Libraries) -> None:
    options = wide(costs=CostLimits(response_bytes=1_000))
    async with toy_on(api, libraries.database.app, options=options) as toy:
        for _ in range(2):
            assert (await toy.respond(FULL, None)).codes == ["RESPONSE_TOO_LARGE"]
