"""Statements, conflicts and side effects of writes."""

import asyncio
from typing import Any

import pytest

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Conflict, Invalid, NotFound, Refused, refuse, within
from graphql_app.postgres.admin_connections import DriverConnection
from tests.engine.backend_activity import assert_clean
from tests.engine.datasets import library
from tests.engine.toy.models import Book, Genre, Shelf
from tests.engine.toy_api import Toy

LARGE, ROWS = library("large").organization, library("large").rows
NOVELS = [row for row in ROWS["books"] if row["genre"] is Genre.NOVEL]
SHELVED = {str(row["shelf_id"]) for row in ROWS["books"]}
CHANGE = """mutation ($id: ID!, $title: String!, $expected: Int) {
    answer: changeBook(input: {id: $id, title: $title, expectedVersion: $expected}) {
        book { title version }
        errors { code path ... on ConflictError { currentVersion current { ... on Book { title version } } } } } }"""
SELECTION = """{ title version shelf { label books(first: 3) { totalCount nodes { title author { name } } } }
    tags { nodes { word } } }"""


async def test_the_later_of_two_updates_gets_a_conflict_with_the_record_of_the_first(
    own_toy: Toy, admin: DriverConnection
) -> None:
    id = str(NOVELS[0]["id"])
    for round in range(5):
        seen = 1 + round
        asked = (own_toy.fetch(CHANGE, LARGE, id=id, title=f"{name} {round}", expected=seen) for name in ("Ann", "Bob"))
        answers = [data["answer"] for data in await asyncio.gather(*asked)]
        (winner,) = [answer["book"] for answer in answers if answer["book"]]
        (error,) = [error for answer in answers for error in answer["errors"]]
        assert winner["version"] == seen + 1
        assert error == {
            "code": "CONFLICT",
            "path": ["expectedVersion"],
            "currentVersion": winner["version"],
            "current": winner,
        }
    await assert_clean(own_toy.connections, admin)


async def test_a_payload_takes_the_statements_of_the_same_query(own_toy: Toy) -> None:
    id = str(NOVELS[0]["id"])
    await own_toy.fetch("mutation ($id: ID!) { changeBook(input: {id: $id}) { errors { code } } }", LARGE, id=id)
    rule = len(own_toy.statements)
    await own_toy.fetch(f"query ($id: ID!) {{ book(id: $id) {SELECTION} }}", LARGE, id=id)
    query = list(own_toy.statements)
    changed = f"mutation ($id: ID!) {{ changeBook(input: {{id: $id}}) {{ book {SELECTION} errors {{ code }} }} }}"
    await own_toy.fetch(changed, LARGE, id=id)
    assert own_toy.statements[rule:] == query
    assert len(query) > 1


async def test_an_input_without_changes_writes_nothing(own_toy: Toy, admin: DriverConnection) -> None:
    id = str(NOVELS[0]["id"])
    await own_toy.fetch("mutation ($id: ID!) { changeBook(input: {id: $id}) { errors { code } } }", LARGE, id=id)
    assert [each.split()[0] for each in own_toy.statements] == ["SELECT"]


async def test_rows_read_before_a_write_are_read_again_after_it(own_toy: Toy) -> None:
    id = str(NOVELS[0]["id"])
    fields = [f'm{n}: changeBook(input: {{id: "{id}", title: "Tea {n}"}}) {{ book {{ title }} }}' for n in range(3)]
    data = await own_toy.fetch(f"mutation {{ {' '.join(fields)} }}", LARGE)
    assert [answer["book"]["title"] for answer in data.values()] == ["Tea 0", "Tea 1", "Tea 2"]


RUN = 'mutation { answer: run(name: "rule") { book { title } errors { code message path } } }'


async def errors_of(toy: Toy, rule: Any) -> Any:
    toy.script.rules["rule"] = rule
    return (await toy.fetch(RUN, LARGE))["answer"]


async def test_a_rule_may_refuse_several_values(own_toy: Toy, admin: DriverConnection) -> None:
    async def rule(tx: WriteTransaction) -> Book:
        book = await tx.change(await tx.lock(Book, NOVELS[0]["id"]), title="Half")
        with within("lines", 2):
            raise Refused([Invalid("One.", "price"), NotFound("Two.", code="NO_TAX")])
        return book

    answer = await errors_of(own_toy, rule)
    assert answer["errors"] == [
        {"code": "INVALID", "message": "One.", "path": ["lines", "2", "price"]},
        {"code": "NO_TAX", "message": "Two.", "path": ["lines", "2"]},
    ]
    assert await admin.fetchval("SELECT count(*) FROM books WHERE title = 'Half'") == 0


def test_no_refusals_are_accepted() -> None:
    refuse([])


async def test_rows_are_locked_in_one_order_and_returned_in_the_order_of_their_ids(own_toy: Toy) -> None:
    ids = [row["id"] for row in NOVELS[:5]]
    found: list[Any] = []

    async def rule(tx: WriteTransaction) -> Book:
        found.extend(book.id for book in await tx.lock_all(Book, ids[::-1]))
        return await tx.lock(Book, ids[0])

    assert (await errors_of(own_toy, rule))["errors"] == []
    assert found == ids[::-1]
    assert own_toy.statements[0].rstrip().endswith("ORDER BY books.id FOR NO KEY UPDATE")


async def test_a_locked_row_is_current_even_if_it_was_read_before(own_toy: Toy, admin: DriverConnection) -> None:
    id = NOVELS[0]["id"]

    async def rule(tx: WriteTransaction) -> Book:
        await tx.find(Book, id)
        await admin.execute("UPDATE books SET title = 'Theirs', version = 2 WHERE id = $1", id)
        book = await tx.lock(Book, id, 2)
        return await tx.change(book, title=f"{book.title}!")

    assert (await errors_of(own_toy, rule))["book"] == {"title": "Theirs!"}


async def lose(tx: WriteTransaction) -> None:
    async with tx.savepoint():
        await tx.change(await tx.lock(Book, NOVELS[1]["id"]), title="Lost")
        raise Invalid("No.")


async def test_a_failure_inside_a_savepoint_rolls_back_only_its_statements(
    own_toy: Toy, admin: DriverConnection
) -> None:
    async def rule(tx: WriteTransaction) -> Book:
        book = await tx.change(await tx.lock(Book, NOVELS[0]["id"]), title="Kept")
        with pytest.raises(Invalid):
            await lose(tx)
        return book

    assert (await errors_of(own_toy, rule))["book"] == {"title": "Kept"}
    assert await admin.fetchval("SELECT count(*) FROM books WHERE title = 'Lost'") == 0


async def test_a_row_is_deleted_unless_other_rows_refer_to_it(own_toy: Toy, admin: DriverConnection) -> None:
    shelves = {str(row["id"]): row["id"] for row in ROWS["shelves"]}
    empty = next(id for text, id in shelves.items() if text not in SHELVED)

    async def rule(tx: WriteTransaction) -> Book | None:
        assert (await tx.delete(await tx.lock(Shelf, empty))).id == empty
        return await tx.find(Book, NOVELS[0]["id"])

    assert (await errors_of(own_toy, rule))["errors"] == []
    assert await admin.fetchval("SELECT count(*) FROM shelves WHERE id = $1", empty) == 0


async def test_many_changed_rows_take_one_statement_per_set_of_columns(own_toy: Toy, admin: DriverConnection) -> None:
    ids = [row["id"] for row in NOVELS[:6]]

    async def rule(tx: WriteTransaction) -> Book:
        books = await tx.lock_all(Book, ids)
        for number, book in enumerate(books):
            book.title = f"Title {number}"
            if number < 3:
                book.genre, book.pages = Genre.POEMS, 7
        await tx.save_all([*books, books[0]])
        assert {book.version for book in books} == {2}
        books[0].summary = "And once more."
        await tx.save_all(books)
        return books[0]

    assert (await errors_of(own_toy, rule))["errors"] == []
    updates = [each for each in own_toy.statements if each.startswith("UPDATE")]
    assert len(updates) == 3, own_toy.statements
    rows = await admin.fetch("SELECT title, genre, pages, version FROM books WHERE id = ANY($1) ORDER BY title", ids)
    assert [(row["title"], row["genre"], row["version"]) for row in rows] == [
        ("Title 0", "poems", 3),
        ("Title 1", "poems", 2),
        ("Title 2", "poems", 2),
        ("Title 3", "novel", 2),
        ("Title 4", "novel", 2),
        ("Title 5", "novel", 2),
    ]
    assert [row["pages"] for row in rows[:3]] == [7] * 3


async def test_a_number_that_is_too_long_is_reported_with_its_row(own_toy: Toy) -> None:
    async def rule(tx: WriteTransaction) -> Book:
        books = await tx.lock_all(Book, [row["id"] for row in NOVELS[:3]])
        books[1].pages = 2**31
        await tx.save_all(books)
        return books[0]

    assert [error["path"] for error in (await errors_of(own_toy, rule))["errors"]] == [["1", "pages"]]


async def test_a_conflict_among_many_rows_names_the_record(own_toy: Toy) -> None:
    async def rule(tx: WriteTransaction) -> Book:
        with pytest.raises(Refused) as caught:
            await tx.lock_all(Book, [row["id"] for row in NOVELS[:2]], [1, 5])
        (error,) = caught.value.exceptions
        assert isinstance(error, Conflict)
        assert (error.path, error.model, error.id) == ((1, "expectedVersion"), Book, NOVELS[1]["id"])
        return await tx.lock(Book, NOVELS[0]["id"])

    assert (await errors_of(own_toy, rule))["errors"] == []
