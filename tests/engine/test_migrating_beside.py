"""Migrations that invalidate prepared statements: no request fails."""

from collections.abc import AsyncIterator

import pytest

from graphql_app.database.pool import PoolOptions
from graphql_app.database.transaction import WriteTransaction
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.types.schema import Api
from tests.engine.backend_activity import all_returned
from tests.engine.datasets import library
from tests.engine.toy.models import Book
from tests.engine.toy_api import Toy, toy_on
from tests.support.databases import TestDatabase

LARGE = library("large").organization
BOOK = library("large").rows["books"][0]["id"]
LIST = "{ books(first: 1000) { nodes { pages } } }"
NESTED = "{ shelves { nodes { books { nodes { pages } } } } }"
BY_KEY = f'{{ book(id: "{BOOK}") {{ pages }} }}'
RUN = 'mutation { run(name: "lengthen") { book { pages } } }'


@pytest.fixture
async def one(api: Api, own_database: TestDatabase) -> AsyncIterator[Toy]:
    """Serve the API on a single connection, so that each request uses the statements of the previous one."""
    async with toy_on(api, own_database.app, PoolOptions(size=1)) as toy:
        yield toy


async def widen(admin: DriverConnection) -> None:
    await admin.execute("ALTER TABLE books ALTER COLUMN pages TYPE bigint")


@pytest.mark.parametrize("query", [LIST, NESTED, BY_KEY])
async def test_queries_are_answered_after_a_migration(one: Toy, admin: DriverConnection, query: str) -> None:
    before = await one.fetch(query, LARGE)
    await widen(admin)
    assert await one.fetch(query, LARGE) == before
    await all_returned(one.connections)
    assert one.connections.status()["idle"] == 1


async def test_mutations_run_once_after_a_migration(one: Toy, admin: DriverConnection) -> None:
    async def lengthen(tx: WriteTransaction) -> Book:
        book = await tx.lock(Book, BOOK)
        book.pages = (book.pages or 0) + 1
        return await tx.save(book)

    one.script.rules["lengthen"] = lengthen
    await admin.execute("UPDATE books SET pages = 1 WHERE id = $1", BOOK)
    assert await one.fetch(RUN, LARGE) == {"run": {"book": {"pages": 2}}}
    await widen(admin)
    assert await one.fetch(RUN, LARGE) == {"run": {"book": {"pages": 3}}}
    await admin.execute("ALTER TABLE books ALTER COLUMN pages TYPE integer")
    assert await one.fetch(RUN, LARGE) == {"run": {"book": {"pages": 4}}}


@pytest.mark.parametrize("query", [LIST, NESTED, BY_KEY])
async def test_a_new_column_has_no_effect(one: Toy, admin: DriverConnection, query: str) -> None:
    before = await one.fetch(query, LARGE)
    await admin.execute("ALTER TABLE books ADD COLUMN weight integer NOT NULL DEFAULT 1")
    sent = len(one.statements)
    assert await one.fetch(query, LARGE) == before
    assert len(one.statements) == sent
