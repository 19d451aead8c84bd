"""Idempotency keys: a repeated call is not executed again."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from graphql_app.database.connection import PooledConnection
from graphql_app.database.transaction import WriteTransaction
from graphql_app.execution.request import GraphQLRequest
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.types.schema import Api
from graphql_app.viewer import Viewer
from tests.engine.backend_activity import assert_clean
from tests.engine.datasets import library
from tests.engine.toy.models import Book, Genre
from tests.engine.toy.types import OWNER
from tests.engine.toy_api import Toy, toy_on
from tests.support.databases import TestDatabase

LARGE, ROWS = library("large").organization, library("large").rows
SHELF = str(ROWS["shelves"][0]["id"])
NOVELS = [row for row in ROWS["books"] if row["genre"] is Genre.NOVEL]
ERRORS = "errors { __typename code message path }"
ADD = f"""mutation ($input: AddBookInput!, $key: String!) {{
    answer: addBook(input: $input) @idempotent(key: $key) {{ book {{ id title version }} {ERRORS} }} }}"""
COUNT = "SELECT count(*) FROM books WHERE organization_id = $1"
KEYS = "SELECT count(*) FROM idempotency_keys"


def book(title: str = "Once", **more: Any) -> dict[str, Any]:
    return {"shelfId": SHELF, "title": title, **more}


async def add(toy: Toy, key: str, viewer: Viewer | UUID = LARGE, **given: Any) -> Any:
    return (await toy.fetch(ADD, viewer, input=book(**given), key=key))["answer"]


def code_of(answer: Any) -> str:
    (error,) = answer["errors"]
    code: str = error["code"]
    return code


async def test_a_repeated_call_returns_the_first_result(own_toy: Toy, admin: DriverConnection) -> None:
    before = await admin.fetchval(COUNT, LARGE)
    first = await add(own_toy, "a")
    assert first["errors"] == []
    assert await add(own_toy, "a") == first
    assert await admin.fetchval(COUNT, LARGE) == before + 1


async def test_a_repeated_call_shows_the_current_record_with_its_own_selection(
    own_toy: Toy, admin: DriverConnection
) -> None:
    first = await add(own_toy, "a")
    await admin.execute("UPDATE books SET title = 'Renamed', version = 2 WHERE id = $1", UUID(first["book"]["id"]))
    given = f'(input: {{shelfId: "{SHELF}", title: "Once"}}) @idempotent(key: "a")'
    again = await own_toy.fetch(f"mutation {{ addBook{given} {{ book {{ title shelf {{ id }} }} }} }}", LARGE)
    assert again["addBook"]["book"] == {"title": "Renamed", "shelf": {"id": SHELF}}


async def test_another_input_with_the_same_key_is_an_error(own_toy: Toy, admin: DriverConnection) -> None:
    await add(own_toy, "a")
    before = await admin.fetchval(COUNT, LARGE)
    for other in ({"title": "Other"}, {"pages": None}, {"pages": 1}):
        answer = await add(own_toy, "a", **other)
        assert (answer["book"], code_of(answer)) == (None, "IDEMPOTENCY_KEY_REUSED")
    assert await admin.fetchval(COUNT, LARGE) == before


async def test_a_key_belongs_to_one_viewer_and_one_mutation(own_toy: Toy, admin: DriverConnection) -> None:
    before = await admin.fetchval(COUNT, LARGE)
    await add(own_toy, "a")
    await add(own_toy, "a", Viewer(UUID(int=2), LARGE, OWNER), title="Theirs")
    change = f'changeBook(input: {{id: "{NOVELS[0]["id"]}", title: "New"}}) @idempotent(key: "a") {{ {ERRORS} }}'
    assert (await own_toy.fetch(f"mutation {{ {change} }}", LARGE))["changeBook"]["errors"] == []
    assert await admin.fetchval(COUNT, LARGE) == before + 2
    assert await admin.fetchval(KEYS) == 3


async def test_refused_calls_are_not_stored(own_toy: Toy, admin: DriverConnection) -> None:
    assert code_of(await add(own_toy, "a", tagIds=[str(UUID(int=0))])) == "NOT_FOUND"
    assert code_of(await add(own_toy, "a", title="")) == "INVALID"
    assert await admin.fetchval(KEYS) == 0
    assert (await add(own_toy, "a"))["errors"] == []


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_has_a_maximum_length(own_toy: Toy, key: str) -> None:
    assert code_of(await add(own_toy, key)) == "IDEMPOTENCY_KEY_INVALID"


async def test_twenty_concurrent_calls_run_once_and_all_return_the_result(
    own_toy: Toy, admin: DriverConnection
) -> None:
    before = await admin.fetchval(COUNT, LARGE)
    answers = await asyncio.gather(*(add(own_toy, "a") for _ in range(20)))
    assert await admin.fetchval(COUNT, LARGE) == before + 1
    assert answers[0]["book"] is not None
    assert [answer for answer in answers if answer != answers[0]] == []
    await assert_clean(own_toy.connections, admin)


async def test_a_call_that_waits_too_long_for_the_first_one_gets_a_conflict(
    api: Api, own_database: TestDatabase, admin: DriverConnection
) -> None:
    async with toy_on(api, own_database.app, lock_timeout="200ms") as toy:
        entered, leave = asyncio.Event(), asyncio.Event()

        async def slow(tx: WriteTransaction) -> Book | None:
            entered.set()
            await leave.wait()
            return await tx.find(Book, NOVELS[0]["id"])

        toy.script.rules["slow"] = slow
        run = f'mutation {{ answer: run(name: "slow") @idempotent(key: "a") {{ book {{ id }} {ERRORS} }} }}'
        first = asyncio.create_task(toy.fetch(run, LARGE))
        await entered.wait()
        second = (await toy.fetch(run, LARGE))["answer"]
        assert second["errors"][0]["__typename"] == "ConflictError"
        assert code_of(second) == "IDEMPOTENCY_KEY_IN_FLIGHT"
        leave.set()
        done = await first
        assert done["answer"]["errors"] == []
        assert await toy.fetch(run, LARGE) == done


async def test_a_key_in_the_header_applies_to_each_field(own_toy: Toy, admin: DriverConnection) -> None:
    before = await admin.fetchval(COUNT, LARGE)
    one = f'(input: {{shelfId: "{SHELF}", title: "Same"}}) {{ book {{ id }} }}'
    own = one.replace(") {", ') @idempotent(key: "own") {', 1)
    document = f"mutation {{ a: addBook{one} b: addBook{one} c: addBook{own} }}"
    request = GraphQLRequest(document, idempotency_key="h")
    viewer = Viewer(UUID(int=1), LARGE, OWNER)
    first = (await own_toy.executor.execute(request, viewer=viewer)).body
    assert (await own_toy.executor.execute(request, viewer=viewer)).body == first
    assert len({answer["book"]["id"] for answer in first["data"].values()}) == 3
    assert await admin.fetchval(COUNT, LARGE) == before + 3
    keys = await admin.fetch("SELECT key FROM idempotency_keys ORDER BY key")
    assert [row["key"] for row in keys] == ["h a", "h b", "own"]


@pytest.mark.parametrize(
    "document",
    [
        'mutation { shout @idempotent(key: "a") }',
        f'mutation {{ addBook(input: {{shelfId: "{SHELF}", title: "x"}}) {{ book @idempotent(key: "a") {{ id }} }} }}',
        '{ books @idempotent(key: "a") { totalCount } }',
    ],
)
async def test_a_key_is_refused_on_fields_without_support(own_toy: Toy, document: str) -> None:
    assert (await own_toy.respond(document, LARGE)).codes == ["GRAPHQL_VALIDATION_FAILED"]
    assert own_toy.statements == []


async def test_a_key_may_be_required(own_toy: Toy) -> None:
    query = f'mutation ($id: ID!) {{ sellBook(input: {{id: $id, price: "-1"}}) {{ book {{ id }} {ERRORS} }} }}'
    errors = (await own_toy.fetch(query, LARGE, id="none"))["sellBook"]["errors"]
    assert [error["code"] for error in errors] == ["IDEMPOTENCY_KEY_REQUIRED", "INVALID", "INVALID"]
    assert own_toy.statements == []


async def test_a_secret_is_shown_once(own_toy: Toy) -> None:
    query = f"""mutation {{ sellBook(input: {{id: "{NOVELS[0]["id"]}", password: "p"}}) @idempotent(key: "a") {{
        book {{ id }} receipt {ERRORS} }} }}"""
    first = (await own_toy.fetch(query, LARGE))["sellBook"]
    assert (first["receipt"], first["errors"]) == ("secret", [])
    assert (await own_toy.fetch(query, LARGE))["sellBook"] == {**first, "receipt": None}
    other = (await own_toy.fetch(query.replace('"p"', '"q"'), LARGE))["sellBook"]
    assert other["book"] == first["book"]


async def test_an_expired_key_is_unused_and_others_are_deleted(own_toy: Toy, admin: DriverConnection) -> None:
    before = await admin.fetchval(COUNT, LARGE)
    for key in "abc":
        await add(own_toy, key)
    await admin.execute("UPDATE idempotency_keys SET expires_at = now() - interval '1 second' WHERE key <> 'c'")
    assert (await add(own_toy, "a", title="Another"))["errors"] == []
    assert await admin.fetchval(COUNT, LARGE) == before + 4
    rows = await admin.fetch("SELECT key FROM idempotency_keys WHERE expires_at > now() + interval '23 hours'")
    assert sorted(row["key"] for row in rows) == ["a", "c"]
    assert await admin.fetchval(KEYS) == 2


async def test_results_of_single_rows_are_stored_too(own_toy: Toy, admin: DriverConnection) -> None:
    query = f"""mutation ($inputs: [ChangeBookInput!]!, $policy: ErrorPolicy!) {{
        answer: changeBooks(inputs: $inputs, errorPolicy: $policy) @idempotent(key: "a") {{
            count errors {{ __typename code message path ... on ConflictError {{ current {{ id }} currentVersion }} }}
            results {{ book {{ id version }} {ERRORS} }} }} }}"""
    inputs = [{"id": str(row["id"]), "title": "New", "expectedVersion": 1} for row in NOVELS[:3]]
    inputs[1]["expectedVersion"] = 9
    first = (await own_toy.fetch(query, LARGE, inputs=inputs, policy="REJECT_FAILED_ROWS"))["answer"]
    assert (first["count"], first["errors"][0]["currentVersion"]) == (2, 1)
    assert (await own_toy.fetch(query, LARGE, inputs=inputs, policy="REJECT_FAILED_ROWS"))["answer"] == first
    other = (await own_toy.fetch(query, LARGE, inputs=inputs, policy="IGNORE_FAILED"))["answer"]
    assert [error["code"] for error in other["errors"]] == ["IDEMPOTENCY_KEY_REUSED"]


class LostResponse:
    """The first COMMIT gets no response: its outcome is unknown."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, answered: bool) -> None:
        self.commits = 0
        commit = PooledConnection.commit

        async def losing(connection: PooledConnection, *beginning: Any) -> None:
            self.commits += 1
            if self.commits > 1 or answered:
                await commit(connection, *beginning)
            if self.commits == 1:
                connection.driver.terminate()
                raise ConnectionResetError

        monkeypatch.setattr(PooledConnection, "commit", losing)


@pytest.mark.parametrize("answered", [True, False])
async def test_a_commit_of_unknown_outcome_is_retried_with_a_key(
    own_toy: Toy, admin: DriverConnection, monkeypatch: pytest.MonkeyPatch, answered: bool
) -> None:
    before = await admin.fetchval(COUNT, LARGE)
    loss = LostResponse(monkeypatch, answered=answered)
    answer = await add(own_toy, "a")
    assert (answer["book"]["title"], answer["errors"]) == ("Once", [])
    assert loss.commits == 2
    assert await admin.fetchval(COUNT, LARGE) == before + 1
    await assert_clean(own_toy.connections, admin)


async def test_a_commit_of_unknown_outcome_is_not_retried_without_a_key(
    own_toy: Toy, admin: DriverConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    loss = LostResponse(monkeypatch, answered=True)
    query = "mutation ($input: AddBookInput!) { addBook(input: $input) { book { id } } }"
    assert (await own_toy.respond(query, LARGE, input=book())).codes == ["SERVICE_UNAVAILABLE"]
    assert loss.commits == 1


async def test_a_repeated_call_completes_the_continuation(own_toy: Toy, admin: DriverConnection) -> None:
    row = next(row for row in NOVELS if row["price"] is not None and not row["lent"])
    await admin.execute("UPDATE books SET price = NULL WHERE id = $1", row["id"])
    given = f'(input: {{id: "{row["id"]}"}}) @idempotent(key: "a")'
    query = f"mutation {{ lendBook{given} {{ book {{ lent version }} {ERRORS} }} }}"
    answer = (await own_toy.fetch(query, LARGE))["lendBook"]
    assert (answer["book"]["version"], code_of(answer), answer["errors"][0]["path"]) == (1, "INVALID", ["id"])
    await admin.execute("UPDATE books SET price = 1 WHERE id = $1", row["id"])
    for _ in range(2):
        answer = (await own_toy.fetch(query, LARGE))["lendBook"]
        assert answer == {"book": {"lent": True, "version": 2}, "errors": []}


async def test_a_key_costs_two_statements_and_its_second_use_one(own_toy: Toy) -> None:
    query = ADD.replace("@idempotent(key: $key)", "").replace(", $key: String!", "")
    await own_toy.fetch(query, LARGE, input=book())
    without = len(own_toy.statements)
    await add(own_toy, "a")
    assert len(own_toy.statements) == without + 2
    await add(own_toy, "a")
    assert len(own_toy.statements) == 2, own_toy.statements  # the lock, which returns the result, and the payload
