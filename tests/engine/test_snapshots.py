"""A query reads one snapshot, while others commit; a mutation's payload shows what was committed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_app.context import Context
from graphql_app.database.transaction import WriteTransaction
from tests.engine.asking import Toy
from tests.engine.libraries import library
from tests.engine.toy.models import Book
from tests.support.databases import TestDatabase, connected

pytestmark = pytest.mark.both_modes

LARGE = library("large").organization
TEN = [row["id"] for row in library("large").rows["books"][:10]]


def reading_ten_books() -> str:
    """A query whose ten fields are ten statements."""
    fields = [
        f'b{number}: books(filter: {{id: {{eq: "{id}"}}}}) {{ nodes {{ pages }} }}' for number, id in enumerate(TEN)
    ]
    return f"{{ {' '.join(fields)} }}"


@asynccontextmanager
async def pages_on_the_move(database: TestDatabase) -> AsyncIterator[list[int]]:
    """Pages are moved between ten books all the time, one commit after the other; the total is always 1,000.

    Gives a list that has the number of moves so far.
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

        moving = asyncio.create_task(move())
        try:
            yield moves
        finally:
            moving.cancel()
            await asyncio.wait([moving])


async def test_ten_fields_agree_while_pages_move(own_toy: Toy, own_database: TestDatabase) -> None:
    async with pages_on_the_move(own_database) as moves:
        before = moves[0]
        for _ in range(30):
            data = await own_toy.ask(reading_ten_books(), LARGE)
            assert len(own_toy.statements) == 10
            assert sum(books["nodes"][0]["pages"] for books in data.values()) == 1000
        assert moves[0] >= before + 10


async def test_what_is_removed_meanwhile_is_there_until_the_query_ends(
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
    before = await own_toy.ask(f"{{ {query} }}", LARGE)
    during = await own_toy.ask(f'{{ ask(name: "remove") {query} }}', LARGE)
    after = await own_toy.ask(f"{{ {query} }}", LARGE)
    assert before["notes"] == during["notes"]
    assert after["notes"] == {"totalCount": 0, "nodes": []}


async def test_a_payload_shows_what_was_committed(own_toy: Toy) -> None:
    async def rename(tx: WriteTransaction) -> Book:
        book = await tx.lock(Book, TEN[0])
        book.title = "Renamed"
        return book  # saved by the commit

    own_toy.script.rules["rename"] = rename
    data = await own_toy.ask('mutation { run(name: "rename") { book { title version } } }', LARGE)
    assert data == {"run": {"book": {"title": "Renamed", "version": 2}}}


async def test_each_mutation_of_an_operation_sees_the_one_before(own_toy: Toy) -> None:
    async def lengthen(tx: WriteTransaction) -> Book:
        book = await tx.lock(Book, TEN[0])
        book.pages = 1 if book.version == 1 else (book.pages or 0) + 1
        return await tx.save(book)

    own_toy.script.rules["lengthen"] = lengthen
    fields = " ".join(f'm{number}: run(name: "lengthen") {{ book {{ pages version }} }}' for number in range(3))
    data = await own_toy.ask(f"mutation {{ {fields} }}", LARGE)
    assert [field["book"] for field in data.values()] == [{"pages": n, "version": n + 1} for n in (1, 2, 3)]
