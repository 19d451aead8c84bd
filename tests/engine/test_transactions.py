"""Directive ``mutation @transaction``: all fields or none."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from graphql_app.database.transaction import WriteTransaction
from graphql_app.execution.request import GraphQLRequest
from graphql_app.postgres.admin_connections import DriverConnection
from tests.engine.backend_activity import assert_clean
from tests.engine.datasets import library
from tests.engine.toy.models import Book, Genre
from tests.engine.toy_api import Toy, viewer_of

LARGE, ROWS = library("large").organization, library("large").rows
SHELF = str(ROWS["shelves"][0]["id"])
NOVELS = [row for row in ROWS["books"] if row["genre"] is Genre.NOVEL]
FIRST, SECOND = (str(row["id"]) for row in NOVELS[:2])
ERRORS = "errors { __typename code message path }"
ROLLED_BACK = ("RolledBackError", "TRANSACTION_ROLLED_BACK")
TITLES = "SELECT title FROM books WHERE id = ANY($1) ORDER BY title"
COUNT = "SELECT count(*) FROM books WHERE organization_id = $1"


def add(title: str, more: str = "") -> str:
    return f'addBook(input: {{shelfId: "{SHELF}", title: "{title}"}}) {more} {{ book {{ title version }} {ERRORS} }}'


def change(id: str, title: str, more: str = "") -> str:
    return f'changeBook(input: {{id: "{id}", title: "{title}"}}) {more} {{ book {{ title version }} {ERRORS} }}'


def run(name: str) -> str:
    return f'run(name: "{name}") {{ {ERRORS} }}'


def together(**fields: str) -> str:
    return "mutation @transaction {" + " ".join(f"{name}: {field}" for name, field in fields.items()) + "}"


def errors(answer: Any) -> list[tuple[str, str]]:
    return [(error["__typename"], error["code"]) for error in answer["errors"]]


async def test_all_fields_run_in_order_in_one_transaction_and_show_the_committed_records(
    own_toy: Toy, admin: DriverConnection
) -> None:
    document = together(a=change(FIRST, "One"), b=add("New"), c=change(FIRST, "Two"), d="__typename")
    data = await own_toy.fetch(document, LARGE)
    assert data["d"] == "Mutation"
    assert [data[name]["book"] for name in "abc"] == [
        {"title": "Two", "version": 3},
        {"title": "New", "version": 1},
        {"title": "Two", "version": 3},
    ]
    transactions = "SELECT count(DISTINCT xmin::text) FROM books WHERE title IN ('Two', 'New')"
    assert await admin.fetchval(transactions) == 1
    await assert_clean(own_toy.connections, admin)


async def test_fields_without_the_directive_show_intermediate_records(own_toy: Toy) -> None:
    data = await own_toy.fetch(f"mutation {{ a: {change(FIRST, 'One')} b: {change(FIRST, 'Two')} }}", LARGE)
    assert [data[name]["book"]["title"] for name in "ab"] == ["One", "Two"]


@pytest.mark.parametrize("order", [0, 1, 2])
async def test_a_failed_field_rolls_back_all_with_its_error(own_toy: Toy, admin: DriverConnection, order: int) -> None:
    before = await admin.fetch("SELECT * FROM books ORDER BY id")
    fields = [add("New"), change(FIRST, "One")]
    fields.insert(order, change(SECOND, "LOUD"))
    data = await own_toy.fetch(together(**dict(zip("abc", fields, strict=True))), LARGE)
    answers_in_order = [data[name] for name in "abc"]
    assert [answer["book"] for answer in answers_in_order] == [None, None, None]
    assert errors(answers_in_order[order]) == [("ValidationError", "INVALID")]
    assert [errors(answer) for at, answer in enumerate(answers_in_order) if at != order] == [
        [ROLLED_BACK],
        [ROLLED_BACK],
    ]
    assert await admin.fetch("SELECT * FROM books ORDER BY id") == before
    await assert_clean(own_toy.connections, admin)


async def test_a_violated_constraint_rolls_back_all(own_toy: Toy, admin: DriverConnection) -> None:
    before = await admin.fetchval(COUNT, LARGE)
    wrong = add("New").replace("title:", f'authorId: "{SHELF}", title:')
    data = await own_toy.fetch(together(a=add("New"), b=wrong), LARGE)
    assert (errors(data["a"]), errors(data["b"])) == ([ROLLED_BACK], [("NotFoundError", "NOT_FOUND")])
    assert await admin.fetchval(COUNT, LARGE) == before


async def test_all_errors_of_inputs_are_reported_before_any_statement(own_toy: Toy) -> None:
    data = await own_toy.fetch(together(a=add(""), b=add("New"), c=change("none", "")), LARGE)
    assert errors(data["a"]) == [("ValidationError", "INVALID")]
    assert errors(data["b"]) == [ROLLED_BACK]
    assert len(errors(data["c"])) == 2
    assert own_toy.statements == []


async def test_only_failed_rows_without_a_tolerant_policy_roll_back_all(own_toy: Toy, admin: DriverConnection) -> None:
    def books(policy: str) -> str:
        rows = f'[{{shelfId: "{SHELF}", title: "Good"}}, {{shelfId: "{SHELF}", title: "Forbidden"}}]'
        return f"addBooks(inputs: {rows}, errorPolicy: {policy}) {{ count {ERRORS} results {{ {ERRORS} }} }}"

    data = await own_toy.fetch(together(a=books("REJECT_FAILED_ROWS"), b=add("New")), LARGE)
    assert (data["a"]["count"], data["b"]["errors"]) == (1, [])
    data = await own_toy.fetch(together(a=books("REJECT_EVERYTHING"), b=add("New")), LARGE)
    assert (data["a"]["count"], errors(data["b"])) == (0, [ROLLED_BACK])
    assert await admin.fetchval("SELECT count(*) FROM books WHERE title IN ('Good', 'New')") == 2


async def test_keys_belong_to_the_transaction(own_toy: Toy, admin: DriverConnection) -> None:
    before = await admin.fetchval(COUNT, LARGE)
    document = together(a=add("One", '@idempotent(key: "a")'), b=add("Two", '@idempotent(key: "b")'))
    failing = together(a=add("One", '@idempotent(key: "a")'), b=change(FIRST, "LOUD"))
    assert errors((await own_toy.fetch(failing, LARGE))["a"]) == [ROLLED_BACK]
    assert await admin.fetchval("SELECT count(*) FROM idempotency_keys") == 0
    first = await own_toy.fetch(document, LARGE)
    assert await own_toy.fetch(document, LARGE) == first
    assert await admin.fetchval(COUNT, LARGE) == before + 2
    # one key is stored, the other is new
    mixed = await own_toy.fetch(together(a=add("One", '@idempotent(key: "a")'), b=add("Three")), LARGE)
    assert mixed["b"]["errors"] == []
    assert await admin.fetchval(COUNT, LARGE) == before + 3
    header = GraphQLRequest(together(a=add("Four"), b=add("Four")), idempotency_key="h")
    answers = [(await own_toy.executor.execute(header, viewer=viewer_of(LARGE))).body for _ in range(2)]
    assert answers[0] == answers[1]
    assert await admin.fetchval(COUNT, LARGE) == before + 5


async def test_a_standalone_mutation_is_refused(own_toy: Toy) -> None:
    alone = f'lendBook(input: {{id: "{FIRST}"}}) {{ book {{ lent }} {ERRORS} }}'
    data = await own_toy.fetch(together(a=add("New"), b=alone), LARGE)
    assert (errors(data["a"]), errors(data["b"])) == ([ROLLED_BACK], [("ValidationError", "NOT_IN_TRANSACTION")])
    assert own_toy.statements == []


async def test_a_field_outside_of_the_database_is_refused(own_toy: Toy) -> None:
    response = await own_toy.respond(together(a=add("New"), b="shout"), LARGE)
    assert response.codes == ["BAD_USER_INPUT"]
    assert own_toy.statements == []


async def test_a_bug_rolls_back_all_and_is_masked(own_toy: Toy, admin: DriverConnection) -> None:
    async def broken(tx: WriteTransaction) -> Book:
        raise KeyError("a secret")

    own_toy.script.rules["broken"] = broken
    before = await admin.fetchval(COUNT, LARGE)
    response = await own_toy.respond(together(a=add("New"), b=run("broken")), LARGE)
    assert response.codes == ["INTERNAL_SERVER_ERROR"]
    assert response.body["errors"][0]["path"] == ["b"]
    assert await admin.fetchval(COUNT, LARGE) == before
    await assert_clean(own_toy.connections, admin)


async def test_an_unreadable_argument_rolls_back_all(own_toy: Toy, admin: DriverConnection) -> None:
    before = await admin.fetchval(COUNT, LARGE)
    response = await own_toy.respond(together(a=add("New"), b='run(name: "unknown") { errors { code } }'), LARGE)
    assert len(response.codes) == 1
    assert await admin.fetchval(COUNT, LARGE) == before


async def test_a_deadlock_retries_the_whole_transaction(own_toy: Toy, admin: DriverConnection) -> None:
    both, committed = asyncio.Barrier(2), asyncio.Event()
    attempts = 0

    async def start(tx: WriteTransaction) -> Book | None:
        """Wait for the other transaction before the third attempt, which could otherwise deadlock too."""
        nonlocal attempts
        attempts += 1
        if attempts > 2:
            await committed.wait()
        return await tx.find(Book, NOVELS[2]["id"])

    async def meet(tx: WriteTransaction) -> Book | None:
        if attempts <= 2:
            await both.wait()
        return await tx.find(Book, NOVELS[2]["id"])

    async def commit(title: str, first: str, second: str) -> Any:
        document = together(a=run("start"), b=change(first, title), c=run("meet"), d=change(second, title))
        try:
            return await own_toy.fetch(document, LARGE)
        finally:
            committed.set()

    own_toy.script.rules |= {"start": start, "meet": meet}
    answers = await asyncio.gather(commit("There", FIRST, SECOND), commit("Back", SECOND, FIRST))
    assert [answer[name]["errors"] for answer in answers for name in "abcd"] == [[]] * 8
    assert attempts == 3
    titles = [row["title"] for row in await admin.fetch(TITLES, [NOVELS[0]["id"], NOVELS[1]["id"]])]
    assert titles in (["Back", "Back"], ["There", "There"])


async def test_a_transaction_is_invisible_before_its_commit_and_a_disconnect_rolls_it_back(
    own_toy: Toy, admin: DriverConnection
) -> None:
    entered = asyncio.Event()

    async def wait(tx: WriteTransaction) -> Book | None:
        entered.set()
        await tx.execute(text("SELECT pg_sleep(60)"))
        return None

    own_toy.script.rules["wait"] = wait
    document = together(a=add("Half"), b=run("wait"))
    asked = asyncio.create_task(own_toy.respond(document, LARGE))
    await entered.wait()
    assert await admin.fetchval("SELECT count(*) FROM books WHERE title = 'Half'") == 0
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await assert_clean(own_toy.connections, admin)
    assert await admin.fetchval("SELECT count(*) FROM books WHERE title = 'Half'") == 0


async def test_payloads_share_statements(own_toy: Toy) -> None:
    fields = {f"f{number}": change(FIRST, f"Title {number}") for number in range(5)}
    await own_toy.fetch(together(**fields), LARGE)
    reads = [each for each in own_toy.statements if each.startswith("SELECT") and "FOR NO KEY UPDATE" not in each]
    assert len(reads) == 1, own_toy.statements
