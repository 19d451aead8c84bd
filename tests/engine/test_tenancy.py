"""Two protections, each of which is enough: what statements say, and row-level security."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from graphql_app.postgres.roles import Server
from graphql_app.types.schema import Api
from tests.engine.asking import Toy, toy_on
from tests.engine.libraries import library
from tests.engine.twins import LARGE, TWINS_BOOK, add_twin, drop_policies
from tests.support.databases import TestDatabase, connected, copy_of
from tests.support.predicates import predicate_forgotten

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
    "many to many": "{ tags { nodes { word books(first: 100) { nodes { title } } } } }",
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
    "a filter for links that are not": "{ tags(filter: {books: {none: {}}}) { nodes { word } } }",
    "every": '{ shelves(filter: {books: {every: {title: {startsWith: "twin"}}}}) { totalCount } }',
    "an order over to-one": "{ books(first: 100, orderBy: [{cover: {color: {}}}]) { edges { cursor } } }",
    "an order by a count": "{ tags(orderBy: [{books: {count: DESC}}]) { edges { cursor } } }",
    "looking back": f"""query ($after: String) {{
        books({LAST_FIRST}, filter: {{title: {{startsWith: "twin"}}}}, after: $after) {{
            pageInfo {{ hasPreviousPage }} }} }}""",
    "figures": "{ books { aggregates { count sum { pages } max { title } } } "
    "shelves { nodes { books { aggregates { count } } } } }",
    "groups": "{ books { groups(by: [{field: TITLE}]) { key { title } count } } }",
}
Answers = dict[str, Any]


async def answers(toy: Toy) -> Answers:
    """What the large library's owner is told."""
    first = f"{{ books({LAST_FIRST}, first: 1) {{ pageInfo {{ endCursor }} }} }}"
    cursor = (await toy.ask(first, LARGE))["books"]["pageInfo"]["endCursor"]
    return {name: await toy.ask(query, LARGE, after=cursor) for name, query in QUERIES.items()}


@asynccontextmanager
async def twins_of(server: Server, template: str) -> AsyncIterator[TestDatabase]:
    async with copy_of(server, template) as made:
        async with connected(made.admin) as admin:
            await add_twin(admin)
        yield made


@pytest.fixture(scope="module")
async def protected(postgres: Server, toy_template: str) -> AsyncIterator[TestDatabase]:
    """The library and its twin, behind row-level security."""
    async with twins_of(postgres, toy_template) as made:
        yield made


@pytest.fixture(scope="module")
async def open_to_all(postgres: Server, toy_template: str) -> AsyncIterator[TestDatabase]:
    """The library and its twin, without row-level security."""
    async with twins_of(postgres, toy_template) as made:
        async with connected(made.admin) as admin:
            await drop_policies(admin)
        yield made


@pytest.fixture(scope="module")
async def right(toy: Toy) -> Answers:
    """What is told where there is no twin."""
    return await answers(toy)


@pytest.fixture
def silent() -> Iterator[None]:
    """Statements have no condition on the organization."""
    with predicate_forgotten():
        yield


async def test_with_both_a_library_is_alone(api: Api, protected: TestDatabase, right: Answers) -> None:
    async with toy_on(api, protected.app) as toy:
        assert await answers(toy) == right


async def test_what_statements_say_is_enough(api: Api, open_to_all: TestDatabase, right: Answers) -> None:
    async with toy_on(api, open_to_all.app) as toy:
        assert await answers(toy) == right


@pytest.mark.usefixtures("silent")
async def test_row_level_security_is_enough(api: Api, protected: TestDatabase, right: Answers) -> None:
    async with toy_on(api, protected.app) as toy:
        assert await answers(toy) == right


@pytest.mark.usefixtures("silent")
async def test_without_both_every_answer_is_wrong(api: Api, open_to_all: TestDatabase, right: Answers) -> None:
    async with toy_on(api, open_to_all.app) as toy:
        wrong = await answers(toy)
    assert [name for name in QUERIES if wrong[name] == right[name]] == []


async def test_what_statements_say_keeps_changes_apart(api: Api, own_database: TestDatabase) -> None:
    async with connected(own_database.admin) as admin:
        await add_twin(admin)
        await drop_policies(admin)
        mutation = f'mutation {{ changeBook(input: {{id: "{BOOK}", pages: 4711}}) {{ book {{ pages }} }} }}'
        async with toy_on(api, own_database.app) as toy:
            assert await toy.ask(mutation, LARGE) == {"changeBook": {"book": {"pages": 4711}}}
        changed = await admin.fetch("SELECT organization_id FROM books WHERE pages = 4711")
        assert [row["organization_id"] for row in changed] == [LARGE]


async def test_an_id_of_another_library_is_nobodys(toy: Toy) -> None:
    other = library("other").rows
    assert other["books"]
    for query in (
        f'{{ book(id: "{other["books"][0]["id"]}") {{ id }} }}',
        f'{{ book: node(id: "{other["tags"][0]["id"]}") {{ id }} }}',
        f'{{ book: node(id: "{library("other").organization}") {{ id }} }}',
    ):
        assert await toy.ask(query, LARGE) == {"book": None}
