"""Two layers of tenant isolation, each sufficient alone: conditions in statements, and row-level security."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from graphql_app.postgres.roles import Server
from graphql_app.types.schema import Api
from tests.engine.datasets import library
from tests.engine.equal_id_tenants import LARGE, TWINS_BOOK, add_twin, drop_policies
from tests.engine.toy_api import Toy, toy_on
from tests.support.databases import TestDatabase, connected, copy_of
from tests.support.tenant_predicates import predicate_forgotten

pytestmark = pytest.mark.both_modes

BOOK = library("large").rows["books"][0]["id"]
LAST_FIRST = "orderBy: [{title: {direction: DESC}}]"
QUERIES = {
    "a list": "{ books(first: 100) { nodes { id title } } }",
    "every list": "{ organizations { totalCount } shelves { totalCount } authors { totalCount } tags { totalCount } "
    "covers { totalCount } notes { totalCount } }",
    "a count": "{ books { totalCount } }",
    "a last page": "{ books(last: 3, orderBy: [{title: {}}]) { nodes { title } } }",
    "children": "{ shelves { nodes { label books(first: 100) { nodes { title } } } } }",
    "a count of children": "{ shelves { nodes { books { totalCount } } } }",
    "a many-to-many relation": "{ tags { nodes { word books(first: 100) { nodes { title } } } } }",
    "a count over links": "{ books(first: 100) { nodes { tags { totalCount } } } }",
    "to-one": "{ books(first: 100) { nodes { shelf { label } author { name } cover { color } parent { title } } } }",
    "a union": "{ notes(first: 100) { nodes { subject { ... on Book { title } ... on Shelf { label } } } } }",
    "by id": f'{{ book(id: "{TWINS_BOOK}") {{ title }} }}',
    "node": f'{{ node(id: "{TWINS_BOOK}") {{ ... on Book {{ title }} }} }}',
    "nodes": f'{{ nodes(ids: ["{BOOK}", "{TWINS_BOOK}"]) {{ id }} }}',
    "the organization": "{ organizations { nodes { name } } shelves { nodes { organization { name } } } }",
    "a filter": '{ books(filter: {title: {startsWith: "twin"}}) { totalCount } }',
    "a filter over to-one": '{ books(filter: {shelf: {label: {startsWith: "twin"}}}) { totalCount } }',
    "a filter over to-many": '{ shelves(filter: {books: {some: {title: {startsWith: "twin"}}}}) { totalCount } }',
    "a filter over links": '{ books(filter: {tags: {some: {word: {startsWith: "twin"}}}}) { totalCount } }',
    "a filter for missing links": "{ tags(filter: {books: {none: {}}}) { nodes { word } } }",
    "every": '{ shelves(filter: {books: {every: {title: {startsWith: "twin"}}}}) { totalCount } }',
    "an order over to-one": "{ books(first: 100, orderBy: [{cover: {color: {}}}]) { edges { cursor } } }",
    "an order by a count": "{ tags(orderBy: [{books: {count: DESC}}]) { edges { cursor } } }",
    "a previous page": f"""query ($after: String) {{
        books({LAST_FIRST}, filter: {{title: {{startsWith: "twin"}}}}, after: $after) {{
            pageInfo {{ hasPreviousPage }} }} }}""",
    "figures": "{ books { aggregates { count sum { pages } max { title } } } "
    "shelves { nodes { books { aggregates { count } } } } }",
    "groups": "{ books { groups(by: [{field: TITLE}]) { key { title } count } } }",
}
Answers = dict[str, Any]


async def answers(toy: Toy) -> Answers:
    """Return the responses for the owner of the large library."""
    first = f"{{ books({LAST_FIRST}, first: 1) {{ pageInfo {{ endCursor }} }} }}"
    cursor = (await toy.fetch(first, LARGE))["books"]["pageInfo"]["endCursor"]
    return {name: await toy.fetch(query, LARGE, after=cursor) for name, query in QUERIES.items()}


@asynccontextmanager
async def twins_of(server: Server, template: str) -> AsyncIterator[TestDatabase]:
    async with copy_of(server, template) as made:
        async with connected(made.admin) as admin:
            await add_twin(admin)
        yield made


@pytest.fixture(scope="module")
async def protected(postgres: Server, toy_template: str) -> AsyncIterator[TestDatabase]:
    """Provide the library and its twin with row-level security."""
    async with twins_of(postgres, toy_template) as made:
        yield made


@pytest.fixture(scope="module")
async def unprotected(postgres: Server, toy_template: str) -> AsyncIterator[TestDatabase]:
    """Provide the library and its twin without row-level security."""
    async with twins_of(postgres, toy_template) as made:
        async with connected(made.admin) as admin:
            await drop_policies(admin)
        yield made


@pytest.fixture(scope="module")
async def expected(toy: Toy) -> Answers:
    """Return the responses without a twin."""
    return await answers(toy)


@pytest.fixture
def silent() -> Iterator[None]:
    """Remove the condition on the organization from statements."""
    with predicate_forgotten():
        yield


async def test_both_layers_isolate_a_library(api: Api, protected: TestDatabase, expected: Answers) -> None:
    async with toy_on(api, protected.app) as toy:
        assert await answers(toy) == expected


async def test_conditions_in_statements_suffice(api: Api, unprotected: TestDatabase, expected: Answers) -> None:
    async with toy_on(api, unprotected.app) as toy:
        assert await answers(toy) == expected


@pytest.mark.usefixtures("silent")
async def test_row_level_security_suffices(api: Api, protected: TestDatabase, expected: Answers) -> None:
    async with toy_on(api, protected.app) as toy:
        assert await answers(toy) == expected


@pytest.mark.usefixtures("silent")
async def test_every_answer_is_wrong_without_both(api: Api, unprotected: TestDatabase, expected: Answers) -> None:
    async with toy_on(api, unprotected.app) as toy:
        wrong_answers = await answers(toy)
    assert [name for name in QUERIES if wrong_answers[name] == expected[name]] == []


async def test_conditions_in_statements_isolate_changes(api: Api, own_database: TestDatabase) -> None:
    async with connected(own_database.admin) as admin:
        await add_twin(admin)
        await drop_policies(admin)
        mutation = f'mutation {{ changeBook(input: {{id: "{BOOK}", pages: 4711}}) {{ book {{ pages }} }} }}'
        async with toy_on(api, own_database.app) as toy:
            assert await toy.fetch(mutation, LARGE) == {"changeBook": {"book": {"pages": 4711}}}
        changed = await admin.fetch("SELECT organization_id FROM books WHERE pages = 4711")
        assert [row["organization_id"] for row in changed] == [LARGE]


async def test_an_id_of_another_library_is_not_found(toy: Toy) -> None:
    other = library("other").rows
    assert other["books"]
    for query in (
        f'{{ book(id: "{other["books"][0]["id"]}") {{ id }} }}',
        f'{{ book: node(id: "{other["tags"][0]["id"]}") {{ id }} }}',
        f'{{ book: node(id: "{library("other").organization}") {{ id }} }}',
    ):
        assert await toy.fetch(query, LARGE) == {"book": None}
