"""Mutations with and without plans: equal responses, and no repeated execution."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import pytest

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Invalid
from graphql_app.execution.options import ExecutorOptions
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.postgres.roles import APP
from graphql_app.testing.database_reset import RestoredDatabase
from graphql_app.types.schema import Api
from tests.engine.datasets import library
from tests.engine.toy.models import Book, Genre
from tests.engine.toy_api import Toy, toy_on, viewer_of
from tests.support.databases import TestDatabase, connected

LARGE, ROWS = library("large").organization, library("large").rows
SHELF, EMPTY = str(ROWS["shelves"][0]["id"]), str(ROWS["shelves"][-1]["id"])
NOVEL = str(next(row["id"] for row in ROWS["books"] if row["genre"] is Genre.NOVEL))
NEW = {"shelfId": SHELF, "title": "New", "price": "1.50", "tagIds": []}
ADD = "mutation ($input: AddBookInput!) { addBook(input: $input) { "
CHANGE = "mutation ($input: ChangeBookInput!) { changeBook(input: $input) { book { title pages version } "
ERRORS = "errors { __typename code message path }"

ALONE: dict[str, tuple[str, dict[str, Any]]] = {
    "a record": (ADD + "book { title price shelf { label } } } }", {"input": NEW}),
    "a record and an empty list of errors": (ADD + f"__typename book {{ title }} {ERRORS} }} }}", {"input": NEW}),
    "errors that are not selected": (CHANGE + "} }", {"input": {"id": NOVEL, "expectedVersion": 9}}),
    "an error whose fields are not selected": (ADD + "book { title } } }", {"input": {**NEW, "title": ""}}),
    "an id": ("mutation ($id: ID!) { removeShelf(input: {id: $id}) { deletedId } }", {"id": EMPTY}),
    "a number": (
        "mutation ($many: [AddShelfInput!]!) { addShelves(inputs: $many) { count errors { code } __typename } }",
        {"many": [{"label": "One"}, {"label": "Two"}]},
    ),
    "a key": (ADD.replace("$input)", '$input) @idempotent(key: "k")') + "book { title } } }", {"input": NEW}),
    "a field with an alias": (
        ADD.replace("addBook", "made: addBook") + "mine: book { t: title ...F } } } fragment F on Book { pages }",
        {"input": NEW},
    ),
    "directives": (
        "mutation ($input: AddBookInput!, $y: Boolean = true) { addBook(input: $input) { "
        "book @include(if: $y) { title pages @skip(if: $y) } errors @skip(if: $y) { code } } }",
        {"input": NEW},
    ),
    "several fields": (
        "mutation ($id: ID!) { a: changeBook(input: {id: $id, pages: 5}) { book { pages version } } __typename "
        "b: changeBook(input: {id: $id, pages: 6}) { book { pages version } } }",
        {"id": NOVEL},
    ),
}
CONTINUES: dict[str, tuple[str, dict[str, Any]]] = {
    "a selected error": (CHANGE + ERRORS + "} }", {"input": {"id": NOVEL, "expectedVersion": 9}}),
    "an invalid value": (ADD + ERRORS + "} }", {"input": {**NEW, "title": "", "shelfId": "none"}}),
    "an invalid variable": (ADD + "book { title } } }", {"input": {**NEW, "pages": "many"}}),
    "an unknown field of the input": (ADD + "book { title } } }", {"input": {**NEW, "color": "red"}}),
    "an invalid argument": (
        f'mutation ($t: String = "x") {{ addBook(input: {{shelfId: "{SHELF}", title: $t}}) {{ book {{ title }} }} }}',
        {"t": None},
    ),
    "a null key": (
        'mutation ($input: AddBookInput!, $key: String = "k") { addBook(input: $input) @idempotent(key: $key) { '
        "book { title } } }",
        {"input": NEW, "key": None},
    ),
    "one transaction": (ADD.replace("!) {", "!) @transaction {") + "book { title } } }", {"input": NEW}),
    "a secret": (
        'mutation ($id: ID!) { sellBook(input: {id: $id}) @idempotent(key: "k") { receipt book { price } } }',
        {"id": NOVEL},
    ),
    "results of single rows": (
        "mutation ($many: [AddShelfInput!]!) { addShelves(inputs: $many) { results { shelf { label } } } }",
        {"many": [{"label": "One"}]},
    ),
    "a field outside the database": (ADD + "book { title } } shout }", {"input": NEW}),
    "a bug": ('mutation { run(name: "bug") { book { title } } }', {}),
    "an error after a mutation": (
        "mutation ($id: ID!) { a: changeBook(input: {id: $id, pages: 5}) { book { pages version } } "
        f'b: changeBook(input: {{id: $id, title: "LOUD"}}) {{ book {{ pages }} {ERRORS} }} '
        "c: changeBook(input: {id: $id, pages: 7}) { book { pages version } } }",
        {"id": NOVEL},
    ),
    "a bug after a mutation": (
        "mutation ($id: ID!) { a: changeBook(input: {id: $id, pages: 5}) { book { pages version } } "
        'b: run(name: "bug") { book { title } } c: changeBook(input: {id: $id, pages: 7}) { book { pages } } }',
        {"id": NOVEL},
    ),
}


async def bug(tx: WriteTransaction) -> Book:
    raise ZeroDivisionError


class Both:
    """Two toys on copies of the same libraries, with plans and without."""

    def __init__(self, planning: Toy, resolving: Toy, database: TestDatabase) -> None:
        self.planning, self.resolving = planning, resolving
        self.database = database
        """The toy with plans."""

    async def respond(self, query: str, variables: dict[str, Any], key: str | None = None) -> GraphQLResponse:
        """Return the response with plans, and assert that resolvers give the same one."""
        request = GraphQLRequest(query, variables, idempotency_key=key)
        planned, resolved = [
            await toy.executor.execute(request, viewer=viewer_of(LARGE)) for toy in (self.planning, self.resolving)
        ]
        assert _without_ids(planned) == _without_ids(resolved)
        return planned


def _without_ids(response: GraphQLResponse) -> list[tuple[str, Any]]:
    for error in response.body.get("errors", ()):
        error["extensions"].pop("errorId", None)
    return list(response.body.items())


@pytest.fixture
async def both(built: Api, restored_libraries: RestoredDatabase) -> AsyncIterator[Both]:
    async with AsyncExitStack() as stack:
        toys = []
        for plan in (False, True):
            made = await stack.enter_async_context(restored_libraries.lent())
            toys.append(await stack.enter_async_context(toy_on(built, made.app, options=ExecutorOptions(plan=plan))))
            toys[-1].script.rules["bug"] = bug
        resolving, planning = toys
        yield Both(planning, resolving, made)


@pytest.mark.parametrize("shown", ALONE)
async def test_plans_and_resolvers_answer_a_mutation_without_errors_alike(both: Both, shown: str) -> None:
    response = await both.respond(*ALONE[shown])
    assert "errors" not in response.body


@pytest.mark.parametrize("why", CONTINUES)
async def test_plans_and_resolvers_answer_a_mutation_with_errors_alike(both: Both, why: str) -> None:
    await both.respond(*CONTINUES[why])


async def test_a_key_in_the_header_is_that_of_each_field(both: Both) -> None:
    for _ in range(2):
        response = await both.respond(ADD + "book { title version } } }", {"input": NEW}, key="k")
        assert response.body["data"]["addBook"]["book"]["version"] == 1
    again = await both.respond(ADD + ERRORS + "} }", {"input": {**NEW, "title": "Another"}}, key="k")
    assert again.body["data"]["addBook"]["errors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_fields_run_in_order_and_show_the_record_before_the_next_one(both: Both) -> None:
    data = (await both.respond(*ALONE["several fields"])).body["data"]
    assert list(data.items()) == [
        ("a", {"book": {"pages": 5, "version": 2}}),
        ("__typename", "Mutation"),
        ("b", {"book": {"pages": 6, "version": 3}}),
    ]


async def test_an_executed_mutation_is_not_repeated(both: Both) -> None:
    data = (await both.respond(*CONTINUES["an error after a mutation"])).body["data"]
    assert data["a"] == {"book": {"pages": 5, "version": 2}}
    assert data["b"]["errors"][0]["message"] == "Do not shout."
    assert data["c"] == {"book": {"pages": 7, "version": 3}}


async def test_a_bug_hides_neither_earlier_nor_later_fields(both: Both) -> None:
    response = await both.respond(*CONTINUES["a bug after a mutation"])
    assert (response.body["data"]["a"], response.body["data"]["b"]) == ({"book": {"pages": 5, "version": 2}}, None)
    assert [error["path"] for error in response.body["errors"]] == [["b"]]
    assert response.body["data"]["c"] == {"book": {"pages": 7}}
    assert response.codes == ["INTERNAL_SERVER_ERROR"]


async def test_a_refused_rule_runs_once(both: Both) -> None:
    runs: list[int] = []

    async def refuse(tx: WriteTransaction) -> Book:
        runs.append(len(runs))
        raise Invalid("No.")

    both.planning.script.rules["refuse"] = refuse
    query = f'mutation {{ run(name: "refuse") {{ book {{ title }} {ERRORS} }} }}'
    response = await both.planning.respond(query, LARGE)
    assert response.body["data"]["run"]["errors"][0]["message"] == "No."
    assert runs == [0]


async def test_a_failed_read_is_not_repeated(both: Both) -> None:
    """A failure of the payload is an error of the payload's field, beside the result of the mutation."""

    async def change(tx: WriteTransaction) -> Book:
        return await tx.change(await tx.lock(Book, UUID(NOVEL)), pages=9)

    both.planning.script.rules["change"] = change
    async with connected(both.database.admin) as admin:
        await admin.execute(f"REVOKE SELECT ON book_tags FROM {APP}")
    query = 'mutation { run(name: "change") { errors { code } mine: book { tags { totalCount } } } }'
    response = await both.planning.respond(query, LARGE)
    assert response.body["data"] == {"run": {"errors": [], "mine": None}}
    assert [(error["path"], code) for error, code in zip(response.body["errors"], response.codes, strict=True)] == [
        (["run", "mine", "tags", "totalCount"], "INTERNAL_SERVER_ERROR")
    ]
    assert sum("book_tags" in sql for sql in both.planning.statements) == 1
