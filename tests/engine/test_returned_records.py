"""Records in payloads: returned by the statement that writes them, unless another one follows."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, text

from graphql_app.database.pool import PoolOptions
from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Invalid
from graphql_app.execution.options import ExecutorOptions
from graphql_app.types.schema import Api
from tests.engine.datasets import library
from tests.engine.toy.models import Book, Genre, Shelf
from tests.engine.toy_api import Toy, toy_on
from tests.support.databases import TestDatabase

LARGE, ROWS = library("large").organization, library("large").rows
SHELF = ROWS["shelves"][0]
SHOWN = "id title pages price genre lent publishedAt version shelf { label } author { name }"
EVERYTHING = {
    "title": "All of it",
    "pages": 7,
    "price": Decimal("12.50"),
    "genre": Genre.ATLAS,
    "published_at": datetime(1999, 12, 31, 23, 59, 59, 123456, tzinfo=UTC),
}


def new(**given: Any) -> Book:
    return Book(organization_id=LARGE, shelf_id=SHELF["id"], **{"title": "New", **given})


@pytest.fixture
async def planning(built: Api, own_database: TestDatabase) -> AsyncIterator[Toy]:
    """Open the toy with plans on libraries that the test may change."""
    async with toy_on(built, own_database.app, PoolOptions(rest=60.0), ExecutorOptions(plan=True)) as toy:
        yield toy


async def run(toy: Toy, rule: Any, shown: str = SHOWN) -> tuple[Any, list[str]]:
    """Run a rule as a mutation. Return the book of its payload and the statements that were sent."""
    toy.script.rules["rule"] = rule
    book = (await toy.fetch(f'mutation {{ run(name: "rule") {{ book {{ {shown} }} }} }}', LARGE))["run"]["book"]
    return book, [*toy.statements]


async def current(toy: Toy, id: str, shown: str = SHOWN) -> Any:
    return (await toy.fetch(f'{{ book(id: "{id}") {{ {shown} }} }}', LARGE))["book"]


@pytest.mark.parametrize("given", [{}, EVERYTHING])
async def test_one_statement_writes_and_returns_the_record(planning: Toy, given: dict[str, Any]) -> None:
    book, sent = await run(planning, lambda tx: tx.save(new(**given)))
    assert len(sent) == 1
    assert book == await current(planning, book["id"])
    assert book["shelf"] == {"label": SHELF["label"]}


async def transaction_messages(toy: Toy, shown: str) -> list[str]:
    """Return the statements around the transactions of a mutation that returns a new book, and of a query after it."""
    sent: list[str] = []
    async with toy.connections.driver() as driver:
        driver.add_query_logger(lambda query: sent.append(query.query))
    await run(toy, lambda tx: tx.save(new()), shown)
    await current(toy, str(SHELF["id"]), "title")
    await asyncio.sleep(0)  # the driver reports it a little later
    words = ("BEGIN", "COMMIT", "ROLLBACK")
    ours = [each for each in sent if each.startswith(("BEGIN", "ROLLBACK", "SET LOCAL"))]
    return [" ".join(part for part in each.split("; ") if part.startswith(words)) for each in ours]


async def test_a_returned_record_is_committed_without_another_snapshot(planning: Toy) -> None:
    writes, commits, reads = await transaction_messages(planning, "title")
    assert writes == "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
    assert commits == "COMMIT"
    assert reads == "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


async def test_reads_after_the_commit_have_a_snapshot_that_begins_with_it(planning: Toy) -> None:
    _, commits, reads = await transaction_messages(planning, "tags { nodes { word } }")
    assert commits == "COMMIT BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    assert reads == "ROLLBACK BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


async def test_a_rule_sees_values_generated_by_postgresql(planning: Toy) -> None:
    async def rule(tx: WriteTransaction) -> Book:
        book = await tx.save(new(version=None))
        assert (book.version, book.organization_id, isinstance(book.id, UUID)) == (1, LARGE, True)
        assert book.created_at == book.updated_at
        return book

    assert len((await run(planning, rule))[1]) == 1


async def test_later_changes_of_a_rule_are_shown(planning: Toy) -> None:
    async def change(tx: WriteTransaction) -> Book:
        return await tx.change(await tx.save(new()), pages=5)

    async def set_only(tx: WriteTransaction) -> Book:
        book = await tx.save(new())
        book.pages = 5
        return book

    async def by_a_statement(tx: WriteTransaction) -> Book:
        book = await tx.save(new())
        await tx.execute(text("UPDATE books SET pages = 5, version = 2 WHERE id = :id").bindparams(id=book.id))
        return book

    async def saved_elsewhere(tx: WriteTransaction) -> Book:
        book = await tx.save(new(pages=5, version=2))
        await tx.change(await tx.lock(Shelf, SHELF["id"]), label="Moved")
        return book

    for rule in (change, set_only, by_a_statement):
        book, _ = await run(planning, rule)
        assert (book["pages"], book["version"]) == (5, 2)
    assert (await run(planning, saved_elsewhere))[0]["shelf"] == {"label": "Moved"}


async def test_a_record_before_the_last_one_is_read(planning: Toy) -> None:
    async def rule(tx: WriteTransaction) -> Book:
        first = await tx.save(new(title="First"))
        await tx.save(new(title="Second"))
        return first

    book, sent = await run(planning, rule)
    assert (book["title"], len(sent)) == ("First", 3)


async def test_fields_that_need_more_statements_are_read_after_the_commit(planning: Toy) -> None:
    book, sent = await run(planning, lambda tx: tx.save(new()), "title tags { totalCount }")
    assert len(sent) > 1
    assert book == {"title": "New", "tags": {"totalCount": 0}}


async def test_a_value_computed_by_postgresql_is_returned(planning: Toy) -> None:
    book, sent = await run(planning, lambda tx: tx.save(new(title=func.upper("loud"))), "title")
    assert (book, len(sent)) == ({"title": "LOUD"}, 1)


async def test_an_update_returns_the_record(planning: Toy) -> None:
    async def rule(tx: WriteTransaction) -> Book:
        return await tx.change(await tx.lock(Book, ROWS["books"][0]["id"]), **EVERYTHING)

    book, sent = await run(planning, rule)
    assert [each.split()[0] for each in sent] == ["SELECT", "WITH"]
    assert (book["title"], book["version"]) == ("All of it", 2)
    assert book == await current(planning, book["id"])


async def test_a_statement_of_the_session_before_an_update_causes_no_further_read(
    planning: Toy,
) -> None:
    async def rule(tx: WriteTransaction) -> Book:
        book = await tx.lock(Book, ROWS["books"][0]["id"])
        await tx.session.scalar(text("SELECT 1"))
        return await tx.change(book, title="Changed")

    book, sent = await run(planning, rule, "title version")
    assert (book, len(sent)) == ({"title": "Changed", "version": 2}, 3)


async def test_a_rolled_back_record_is_not_shown(planning: Toy) -> None:
    async def rule(tx: WriteTransaction) -> Book:
        await tx.save(new())
        raise Invalid("No.")

    assert (await run(planning, rule))[0] is None


async def test_a_retried_transaction_returns_the_record_of_its_last_attempt(planning: Toy) -> None:
    """The first attempt fails with a serialization error."""
    titles = iter(["First", "Second"])

    async def rule(tx: WriteTransaction) -> Book:
        book = await tx.save(new(title=next(titles)))
        if book.title == "First":
            await tx.execute(text("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$"))
        return book

    book, sent = await run(planning, rule)
    assert (book["title"], len(sent)) == ("Second", 3)


async def test_each_field_returns_its_own_record(planning: Toy) -> None:
    async def rule(tx: WriteTransaction) -> Book:
        return await tx.save(new())

    planning.script.rules["rule"] = rule
    a, b = 'a: run(name: "rule") { book { id title } }', 'b: run(name: "rule") { book { id title pages } }'
    data = await planning.fetch(f"mutation {{ {a} {b} }}", LARGE)
    assert data["a"]["book"]["id"] != data["b"]["book"]["id"]
    assert len(planning.statements) == 2
    assert data["a"]["book"] == await current(planning, data["a"]["book"]["id"], "id title")
