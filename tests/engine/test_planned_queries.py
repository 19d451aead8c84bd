"""Operations with and without plans: equal responses, and no repeated reads."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from graphql_app.execution.options import ExecutorOptions
from graphql_app.execution.request import GraphQLResponse
from graphql_app.types.schema import Api
from tests.engine.datasets import Libraries
from tests.engine.toy_api import Toy, toy_on

PLANNED = [
    "{ shelves(first: 3) { nodes { label books(first: 2) { nodes { title } } } } }",
    "query ($id: ID!) { book(id: $id) { title } }",
    "query ($id: ID!) { book(id: $id) { title } other: book(id: $id) { id } __typename }",
    "query ($id: ID!) { node(id: $id) { id __typename } nodes(ids: [$id]) { id } }",
    "query ($id: ID!) { ...F } fragment F on Query { book(id: $id) { ...on Book { title } } }",
    "query ($id: ID!, $y: Boolean = true) { book(id: $id) @include(if: $y) { title } t: __typename @skip(if: $y) }",
    'query ($f: BookFilter = {title: {neq: "x"}}) { books(first: 1, filter: $f) { totalCount } tags { totalCount } }',
    '{ book(id: "00000000-0000-4000-8000-000000000000") { title } }',
    "{ __typename }",
]
PARTLY_PLANNED = {
    "a field without a plan": "query ($id: ID!) { book(id: $id) { title } greeting }",
    "introspection": "query ($id: ID!) { book(id: $id) { title } __schema { queryType { name } } }",
    "an invalid variable": "query ($id: ID!, $n: Int!) { book(id: $id) { id } books(first: $n) { totalCount } }",
    "an invalid argument": "query ($id: ID!) { book(id: $id) { title } books(first: -1) { totalCount } }",
    "an invalid id": 'query ($id: ID!) { a: book(id: $id) { title } b: book(id: "garbage") { title } }',
    "a null condition": "query ($id: ID!, $x: Boolean = true) { book(id: $id) @include(if: $x) { title } }",
    "a nested error": 'query ($id: ID!) { book(id: $id) { title tags(after: "nonsense") { totalCount } } }',
}


@pytest.fixture
async def planning(built: Api, libraries: Libraries) -> AsyncIterator[Toy]:
    """Open the toy with plans and a trace."""
    async with toy_on(built, libraries.database.app, options=ExecutorOptions(plan=True, trace=True)) as toy:
        yield toy


@pytest.fixture
async def resolving(built: Api, libraries: Libraries) -> AsyncIterator[Toy]:
    """Open the toy without plans."""
    async with toy_on(built, libraries.database.app, options=ExecutorOptions(plan=False)) as toy:
        yield toy


def first_book(libraries: Libraries) -> str:
    return str(libraries.rows("large")["books"][0]["id"])


async def both(query: str, planning: Toy, resolving: Toy, libraries: Libraries, **more: Any) -> GraphQLResponse:
    """Return the response with plans, and assert that resolvers give the same one."""
    variables: dict[str, Any] = ({"id": first_book(libraries)} if "$id" in query else {}) | more
    planned = await planning.respond(query, libraries.id("large"), **variables)
    resolved = await resolving.respond(query, libraries.id("large"), **variables)
    extensions = planned.body.pop("extensions", None)
    assert list(planned.body.items()) == list(resolved.body.items())
    planned.body["extensions"] = extensions
    return planned


@pytest.mark.parametrize("query", PLANNED)
async def test_plans_and_resolvers_answer_a_planned_operation_alike(
    planning: Toy, resolving: Toy, libraries: Libraries, query: str
) -> None:
    response = await both(query, planning, resolving, libraries)
    assert "errors" not in response.body
    assert response.fell_back == ""


@pytest.mark.parametrize("why", PARTLY_PLANNED)
async def test_plans_and_resolvers_answer_a_partly_planned_operation_alike(
    planning: Toy, resolving: Toy, libraries: Libraries, why: str
) -> None:
    query = PARTLY_PLANNED[why]
    more = {"x": None} if "$x" in query else {"n": "many"} if "$n" in query else {}
    for _ in range(2):  # once compiled, once from the cache
        await both(query, planning, resolving, libraries, **more)


async def test_root_fields_of_equal_selections_share_a_statement(
    planning: Toy, resolving: Toy, libraries: Libraries
) -> None:
    ids = [str(row["id"]) for row in libraries.rows("large")["books"][:3]]
    fields = " ".join(f'b{index}: book(id: "{id}") {{ title }}' for index, id in enumerate([*ids, ids[0]]))
    response = await both(f"{{ {fields} }}", planning, resolving, libraries)
    (statement,) = response.body["extensions"]["trace"]["statements"]
    assert statement["keys"] == 3


async def test_rows_read_by_plans_are_not_read_again(planning: Toy, resolving: Toy, libraries: Libraries) -> None:
    query = "query ($id: ID!) { book(id: $id) { title } books(filter: {pages: {eq: null}}) { totalCount } }"
    response = await both(query, planning, resolving, libraries)
    trace = response.body["extensions"]["trace"]
    assert response.codes == ["BAD_USER_INPUT"]
    assert len(trace["statements"]) == 1
    assert trace["fellBack"] is None


async def test_the_trace_has_the_plans_by_field(planning: Toy, resolving: Toy, libraries: Libraries) -> None:
    query = "query ($id: ID!) { mine: book(id: $id) { title } shelves { totalCount } }"
    trace = (await both(query, planning, resolving, libraries)).body["extensions"]["trace"]
    assert list(trace["plans"]) == ["Query.mine: book as Book", "Query.shelves"]
    assert trace["fellBack"] is None
