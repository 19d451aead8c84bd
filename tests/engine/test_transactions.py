"""``mutation @transaction``: all fields or none."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from graphql_app.database.transaction import WriteTransaction
from graphql_app.execution.request import GraphQLRequest
from graphql_app.postgres.admin_connections import DriverConnection
from tests.engine.asking import Toy, viewer_of
from tests.engine.libraries import library
from tests.engine.toy.models import Book, Genre
from tests.engine.watching import assert_clean

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


async def test_all_are_done_in_order_by_one_transaction_and_shown_as_committed(
    own_toy: Toy, admin: DriverConnection
) -> None:
    document = together(a=change(FIRST, "One"), b=add("New"), c=change(FIRST, "Two"), d="__typename")
    data = await own_toy.ask(document, LARGE)
    assert data["d"] == "Mutation"
    assert [data[name]["book"] for name in "abc"] == [
        {"title": "Two", "version": 3},
        {"title": "New", "version": 1},
        {"title": "Two", "version": 3},
    ]
    transactions = "SELECT count(DISTINCT xmin::text) FROM books WHERE title IN ('Two', 'New')"
    assert await admin.fetchval(transactions) == 1
    await assert_clean(own_toy.connections, admin)


async def test_without_it_each_field_shows_what_there_was_after_it(own_toy: Toy) -> None:
    data = await own_toy.ask(f"mutation {{ a: {change(FIRST, 'One')} b: {change(FIRST, 'Two')} }}", LARGE)
    assert [data[name]["book"]["title"] for name in "ab"] == ["One", "Two"]


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_one_that_fails_undoes_all_and_says_why(own_toy: Toy, admin: DriverConnection, place: int) -> None:
    before = await admin.fetch("SELECT * FROM books ORDER BY id")
    fields = [add("New"), change(FIRST, "One")]
    fields.insert(place, change(SECOND, "LOUD"))
    data = await own_toy.ask(together(**dict(zip("abc", fields, strict=True))), LARGE)
    told = [data[name] for name in "abc"]
    assert [answer["book"] for answer in told] == [None, None, None]
    assert errors(told[place]) == [("ValidationError", "INVALID")]
    assert [errors(answer) for at, answer in enumerate(told) if at != place] == [[ROLLED_BACK], [ROLLED_BACK]]
    assert await admin.fetch("SELECT * FROM books ORDER BY id") == before
    await assert_clean(own_toy.connections, admin)


async def test_a_broken_constraint_undoes_all_too(own_toy: Toy, admin: DriverConnection) -> None:
    before = await admin.fetchval(COUNT, LARGE)
    wrong = add("New").replace("title:", f'authorId: "{SHELF}", title:')
    data = await own_toy.ask(together(a=add("New"), b=wrong), LARGE)
    assert (errors(data["a"]), errors(data["b"])) == ([ROLLED_BACK], [("NotFoundError", "NOT_FOUND")])
    assert await admin.fetchval(COUNT, LARGE) == before


async def test_all_that_is_wrong_with_the_inputs_is_told_before_any_statement(own_toy: Toy) -> None:
    data = await own_toy.ask(together(a=add(""), b=add("New"), c=change("none", "")), LARGE)
    assert errors(data["a"]) == [("ValidationError", "INVALID")]
    assert errors(data["b"]) == [ROLLED_BACK]
    assert len(errors(data["c"])) == 2
    assert own_toy.statements == []


async def test_rows_that_may_fail_undo_nothing_and_those_that_may_not_undo_all(
    own_toy: Toy, admin: DriverConnection
) -> None:
    def books(policy: str) -> str:
        rows = f'[{{shelfId: "{SHELF}", title: "Good"}}, {{shelfId: "{SHELF}", title: "Forbidden"}}]'
        return f"addBooks(inputs: {rows}, errorPolicy: {policy}) {{ count {ERRORS} results {{ {ERRORS} }} }}"

    data = await own_toy.ask(together(a=books("REJECT_FAILED_ROWS"), b=add("New")), LARGE)
    assert (data["a"]["count"], data["b"]["errors"]) == (1, [])
    data = await own_toy.ask(together(a=books("REJECT_EVERYTHING"), b=add("New")), LARGE)
    assert (data["a"]["count"], errors(data["b"])) == (0, [ROLLED_BACK])
    assert await admin.fetchval("SELECT count(*) FROM books WHERE title IN ('Good', 'New')") == 2


async def test_keys_belong_to_the_transaction(own_toy: Toy, admin: DriverConnection) -> None:
    before = await admin.fetchval(COUNT, LARGE)
    document = together(a=add("One", '@idempotent(key: "a")'), b=add("Two", '@idempotent(key: "b")'))
    failing = together(a=add("One", '@idempotent(key: "a")'), b=change(FIRST, "LOUD"))
    assert errors((await own_toy.ask(failing, LARGE))["a"]) == [ROLLED_BACK]
    assert await admin.fetchval("SELECT count(*) FROM idempotency_keys") == 0
    first = await own_toy.ask(document, LARGE)
    assert await own_toy.ask(document, LARGE) == first
    assert await admin.fetchval(COUNT, LARGE) == before + 2
    # one is known, the other is new
    mixed = await own_toy.ask(together(a=add("One", '@idempotent(key: "a")'), b=add("Three")), LARGE)
    assert mixed["b"]["errors"] == []
    assert await admin.fetchval(COUNT, LARGE) == before + 3
    header = GraphQLRequest(together(a=add("Four"), b=add("Four")), idempotency_key="h")
    answers = [(await own_toy.executor.execute(header, viewer=viewer_of(LARGE))).body for _ in range(2)]
    assert answers[0] == answers[1]
    assert await admin.fetchval(COUNT, LARGE) == before + 5


async def test_one_that_has_to_be_alone_is_refused(own_toy: Toy) -> None:
    alone = f'lendBook(input: {{id: "{FIRST}"}}) {{ book {{ lent }} {ERRORS} }}'
    data = await own_toy.ask(together(a=add("New"), b=alone), LARGE)
    assert (errors(data["a"]), errors(data["b"])) == ([ROLLED_BACK], [("ValidationError", "NOT_IN_TRANSACTION")])
    assert own_toy.statements == []


async def test_what_is_no_change_of_the_database_is_refused(own_toy: Toy) -> None:
    response = await own_toy.respond(together(a=add("New"), b="shout"), LARGE)
    assert response.codes == ["BAD_USER_INPUT"]
    assert own_toy.statements == []


async def test_a_bug_undoes_all_and_is_masked(own_toy: Toy, admin: DriverConnection) -> None:
    async def broken(tx: WriteTransaction) -> Book:
        raise KeyError("a secret")

    own_toy.script.rules["broken"] = broken
    before = await admin.fetchval(COUNT, LARGE)
    response = await own_toy.respond(together(a=add("New"), b=run("broken")), LARGE)
    assert response.codes == ["INTERNAL_SERVER_ERROR"]
    assert response.body["errors"][0]["path"] == ["b"]
    assert await admin.fetchval(COUNT, LARGE) == before
    await assert_clean(own_toy.connections, admin)


async def test_an_argument_that_cannot_be_read_undoes_all(own_toy: Toy, admin: DriverConnection) -> None:
    before = await admin.fetchval(COUNT, LARGE)
    response = await own_toy.respond(together(a=add("New"), b='run(name: "unknown") { errors { code } }'), LARGE)
    assert len(response.codes) == 1
    assert await admin.fetchval(COUNT, LARGE) == before


async def test_after_a_deadlock_all_of_it_is_done_again(own_toy: Toy, admin: DriverConnection) -> None:
    both, committed = asyncio.Barrier(2), asyncio.Event()
    attempts = 0

    async def start(tx: WriteTransaction) -> Book | None:
        """Wait for the other transaction before the third attempt, which would otherwise be free to deadlock too."""
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
            return await own_toy.ask(document, LARGE)
        finally:
            committed.set()

    own_toy.script.rules |= {"start": start, "meet": meet}
    answers = await asyncio.gather(commit("There", FIRST, SECOND), commit("Back", SECOND, FIRST))
    assert [answer[name]["errors"] for answer in answers for name in "abcd"] == [[]] * 8
    assert attempts == 3
    titles = [row["title"] for row in await admin.fetch(TITLES, [NOVELS[0]["id"], NOVELS[1]["id"]])]
    assert titles in (["Back", "Back"], ["There", "There"])


async def test_others_see_nothing_before_the_commit_and_a_client_that_leaves_leaves_nothing(
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


async def test_payloads_share_what_they_read(own_toy: Toy) -> None:
    fields = {f"f{number}": change(FIRST, f"Title {number}") for number in range(5)}
    await own_toy.ask(together(**fields), LARGE)
    reads = [each for each in own_toy.statements if each.startswith("SELECT") and "FOR NO KEY UPDATE" not in each]
    assert len(reads) == 1, own_toy.statements
