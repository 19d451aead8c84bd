"""Snapshots: one per query during concurrent commits, and committed records in payloads."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_app.context import Context
from graphql_app.database.transaction import WriteTransaction
from tests.engine.datasets import library
from tests.engine.toy.models import Book
from tests.engine.toy_api import Toy
from tests.support.databases import TestDatabase, connected

pytestmark = pytest.mark.both_modes

LARGE = library("large").organization
TEN = [row["id"] for row in library("large").rows["books"][:10]]


def reading_ten_books() -> str:
    """Return a query of ten fields, each of which takes a statement."""
    fields = [
        f'b{number}: books(filter: {{id: {{eq: "{id}"}}}}) {{ nodes {{ pages }} }}' for number, id in enumerate(TEN)
    ]
    return f"{{ {' '.join(fields)} }}"


@asynccontextmanager
async def moving_pages(database: TestDatabase) -> AsyncIterator[list[int]]:
    """Move pages between ten books concurrently, one commit after the other; the total is always 1,000.

    Yields a list with the number of moves so far.
    """
    moves = [0]
    async with connected(database.admin) as connection:
        await connection.execute("UPDATE books SET pages = 100 WHERE id = ANY($1)", TEN)

        async def move() -> None:
            random = Random(1)
            while True:
                giver, taker = random.sample(TEN, 2)
                await connection.execute(
                    "UPDATE books SET pages = pages + CASE id WHEN $1 THEN -1 ELSE 1 END WHERE id IN ($1, $2)"
                    " AND (SELECT pages FROM books WHERE id = $1) > 0",
                    giver,
                    taker,
                )
                moves[0] += 1

        moved_pages = asyncio.create_task(move())
        try:
            yield moves
        finally:
            moved_pages.cancel()
            await asyncio.wait([moved_pages])


async def test_ten_fields_agree_during_concurrent_changes(own_toy: Toy, own_database: TestDatabase) -> None:
    async with moving_pages(own_database) as moves:
        before = moves[0]
        for _ in range(30):
            data = await own_toy.fetch(reading_ten_books(), LARGE)
            assert len(own_toy.statements) == 10
            assert sum(books["nodes"][0]["pages"] for books in data.values()) == 1000
        assert moves[0] >= before + 10


async def test_a_concurrently_deleted_row_is_visible_until_the_query_ends(
    own_toy: Toy, own_database: TestDatabase
) -> None:
    async def remove(context: Context) -> str:
        async def work(session: AsyncSession) -> str:
            await session.execute(text("SELECT FROM notes"))
            async with connected(own_database.admin) as connection:
                return await connection.execute("DELETE FROM notes")

        return await context.session.read(work)

    own_toy.script.questions["remove"] = remove
    query = "notes(first: 1000) { totalCount nodes { id } }"
    before = await own_toy.fetch(f"{{ {query} }}", LARGE)
    during = await own_toy.fetch(f'{{ ask(name: "remove") {query} }}', LARGE)
    after = await own_toy.fetch(f"{{ {query} }}", LARGE)
    assert before["notes"] == during["notes"]
    assert after["notes"] == {"totalCount": 0, "nodes": []}


async def test_a_payload_shows_the_committed_record(own_toy: Toy) -> None:
    async def rename(tx: WriteTransaction) -> Book:
        book = await tx.lock(Book, TEN[0])
        book.title = "Renamed"
        return book  # the commit flushes it

    own_toy.script.rules["rename"] = rename
    data = await own_toy.fetch('mutation { run(name: "rename") { book { title version } } }', LARGE)
    assert data == {"run": {"book": {"title": "Renamed", "version": 2}}}


async def test_each_mutation_of_an_operation_sees_the_previous_one(own_toy: Toy) -> None:
    async def lengthen(tx: WriteTransaction) -> Book:
        book = await tx.lock(Book, TEN[0])
        book.pages = 1 if book.version == 1 else (book.pages or 0) + 1
        return await tx.save(book)

    own_toy.script.rules["lengthen"] = lengthen
    fields = " ".join(f'm{number}: run(name: "lengthen") {{ book {{ pages version }} }}' for number in range(3))
    data = await own_toy.fetch(f"mutation {{ {fields} }}", LARGE)
    assert [field["book"] for field in data.values()] == [{"pages": n, "version": n + 1} for n in (1, 2, 3)]
