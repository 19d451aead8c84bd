"""Lost connections: a query is retried, and a mutation is executed once or not at all."""

import asyncio
from typing import Any

import pytest
from asyncpg import InterfaceError, InternalClientError, InvalidPasswordError, UndefinedObjectError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from graphql_app.database.errors import is_retryable
from graphql_app.database.pool import PoolOptions, open_connection
from graphql_app.database.transaction import WriteTransaction
from graphql_app.postgres.addresses import parse_address
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.embedded import EmbeddedPostgres
from graphql_app.postgres.roles import embedded_database
from graphql_app.types.schema import Api
from tests.engine.backend_activity import OURS, all_returned, assert_clean, locked, running, sleep, until, waiting
from tests.engine.datasets import library, make_libraries
from tests.engine.toy.database import make_tables
from tests.engine.toy.models import Book
from tests.engine.toy_api import Toy, toy_on
from tests.support.databases import UNSAFE_AND_FAST, TestDatabase
from tests.support.directories import open_directory

LARGE = library("large").organization
BOOK = library("large").rows["books"][0]["id"]
TAGS = "{ books { nodes { title tags { nodes { word } } } } }"
RUN = 'mutation { run(name: "lengthen") { book { pages version } errors { message } } }'
SHELF = library("large").rows["shelves"][0]["id"]
ADD = f'mutation {{ addBook(input: {{shelfId: "{SHELF}", title: "New"}}) {{ book {{ title }} }} }}'


async def kill(admin: DriverConnection, pids: list[int]) -> None:
    for pid in pids:
        await admin.execute("SELECT pg_terminate_backend($1)", pid)


class BreakingEngine:
    """Engine whose connection breaks while it is opened, reported first by the driver and then by PostgreSQL."""

    def __init__(self, error: Exception) -> None:
        self.error = DBAPIError("SELECT version()", None, error)

    async def connect(self) -> None:
        raise self.error


async def _no_set_up(_: object) -> None:
    pass


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (InternalClientError("another operation is in progress"), ConnectionResetError),
        (InvalidPasswordError(), DBAPIError),
    ],
)
async def test_a_connection_that_breaks_while_it_is_opened_is_lost(error: Exception, expected: type[Exception]) -> None:
    engine: Any = BreakingEngine(error)
    with pytest.raises(expected) as raised:
        await open_connection(engine, _no_set_up, ())
    assert is_retryable(raised.value) == (expected is ConnectionResetError)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (InternalClientError("another operation is in progress"), ConnectionResetError),
        (InterfaceError("connection is closed"), ConnectionResetError),
        (UndefinedObjectError("unrecognized configuration parameter"), UndefinedObjectError),
        (ValueError("unknown type"), ValueError),
    ],
)
async def test_a_connection_that_breaks_during_its_set_up_is_lost(
    own_toy: Toy, error: Exception, expected: type[Exception]
) -> None:
    async def set_up(_: object) -> None:
        raise error

    with pytest.raises(expected) as raised:
        await open_connection(own_toy.connections.engine, set_up, ())
    assert is_retryable(raised.value) == (expected is ConnectionResetError)


async def test_a_query_is_retried_after_a_loss_during_its_first_statement(
    own_toy: Toy, own_database: TestDatabase, admin: DriverConnection
) -> None:
    right = await own_toy.fetch(TAGS, LARGE)
    async with locked(own_database, "books"):
        asking = asyncio.create_task(own_toy.fetch(TAGS, LARGE))
        await kill(admin, await until(lambda: waiting(admin)))
        await until(lambda: waiting(admin))  # one retry
    assert await asking == right
    await assert_clean(own_toy.connections, admin)


async def test_a_query_is_retried_after_a_loss_during_a_later_statement(
    own_toy: Toy, own_database: TestDatabase, admin: DriverConnection
) -> None:
    right = await own_toy.fetch(TAGS, LARGE)
    async with locked(own_database, "tags"):
        asking = asyncio.create_task(own_toy.fetch(TAGS, LARGE))
        await kill(admin, await until(lambda: waiting(admin)))
        await until(lambda: waiting(admin))
    assert await asking == right
    # books, and the failed tags; then all again on a new snapshot
    assert len(own_toy.statements) == 4
    await assert_clean(own_toy.connections, admin)


async def test_a_query_fails_after_two_losses(
    own_toy: Toy, own_database: TestDatabase, admin: DriverConnection
) -> None:
    async with locked(own_database, "tags"):
        asking = asyncio.create_task(own_toy.respond(TAGS, LARGE))
        killed: set[int] = set()
        for _ in range(2):
            others = await until(lambda: waiting_except(admin, killed))
            await kill(admin, others)
            killed.update(others)
        response = await asking
    assert set(response.codes) == {"SERVICE_UNAVAILABLE"}
    await assert_clean(own_toy.connections, admin)


async def waiting_except(admin: DriverConnection, killed: set[int]) -> list[int]:
    """Return the waiting sessions that were not killed: the retry may begin before the first session has ended."""
    return [pid for pid in await waiting(admin) if pid not in killed]


async def test_a_connection_lost_while_idle_is_replaced(own_toy: Toy, admin: DriverConnection) -> None:
    right = await own_toy.fetch(TAGS, LARGE)
    pids = await admin.fetch(f"SELECT pid FROM pg_stat_activity WHERE {OURS}")
    await kill(admin, [row["pid"] for row in pids])
    assert await own_toy.fetch(TAGS, LARGE) == right


async def test_a_mutation_is_retried_after_a_loss_before_its_commit(
    own_toy: Toy, own_database: TestDatabase, admin: DriverConnection
) -> None:
    attempts = 0

    async def lengthen(tx: WriteTransaction) -> Book:
        nonlocal attempts
        attempts += 1
        book = await tx.lock(Book, BOOK)
        book.pages = 100 + book.version
        await tx.save(book)
        if attempts == 1:
            await kill(admin, await running(admin))
            await tx.session.execute(text("SELECT 1"))
        return book

    own_toy.script.rules["lengthen"] = lengthen
    data = await own_toy.fetch(RUN, LARGE)
    assert data == {"run": {"book": {"pages": 101, "version": 2}, "errors": []}}
    assert attempts == 2
    await assert_clean(own_toy.connections, admin)


async def test_a_mutation_is_not_retried_after_a_loss_during_its_commit(own_toy: Toy, admin: DriverConnection) -> None:
    attempts = 0

    async def lengthen(tx: WriteTransaction) -> Book:
        nonlocal attempts
        attempts += 1
        book = await tx.lock(Book, BOOK)
        book.pages = 100 + book.version
        await tx.save(book)
        await kill(admin, await running(admin))
        return book

    own_toy.script.rules["lengthen"] = lengthen
    response = await own_toy.respond(RUN, LARGE)
    # COMMIT was sent: only the database knows its outcome
    assert (response.executed, response.codes) == (True, ["SERVICE_UNAVAILABLE"])
    assert attempts == 1
    await assert_clean(own_toy.connections, admin)


async def test_a_mutation_is_not_retried_after_a_loss_during_its_payload(
    own_toy: Toy, own_database: TestDatabase, admin: DriverConnection
) -> None:
    async def lengthen(tx: WriteTransaction) -> Book:
        book = await tx.lock(Book, BOOK)
        book.pages = 100 + book.version
        return await tx.save(book)

    own_toy.script.rules["lengthen"] = lengthen
    mutation = 'mutation { run(name: "lengthen") { book { pages tags { nodes { word } } } } }'
    async with locked(own_database, "tags"):
        asking = asyncio.create_task(own_toy.respond(mutation, LARGE))
        await kill(admin, await until(lambda: waiting(admin)))
        response = await asking
    assert set(response.codes) == {"SERVICE_UNAVAILABLE"}
    assert await admin.fetchval("SELECT version FROM books WHERE id = $1", BOOK) == 2
    await assert_clean(own_toy.connections, admin)


async def test_an_operation_is_refused_while_all_connections_are_taken(api: Api, own_database: TestDatabase) -> None:
    async with toy_on(api, own_database.app, PoolOptions(size=1, timeout=0.1)) as small:
        small.script.questions["sleep"] = sleep
        sleeping = asyncio.create_task(small.respond('{ ask(name: "sleep") }', LARGE))
        await until(lambda: taken(small))
        response = await small.respond("{ books { totalCount } }", LARGE)
        sleeping.cancel()
        await asyncio.wait([sleeping])
        assert response.codes == ["SERVICE_UNAVAILABLE"]
        await all_returned(small.connections)
        await small.fetch("{ books { totalCount } }", LARGE)


async def taken(toy: Toy) -> bool:
    return toy.connections.status()["borrowed"] > 0


async def test_an_operation_is_refused_while_no_database_responds(api: Api) -> None:
    unreachable = parse_address("postgresql://workline_app@/nothing?host=/nonexistent")
    async with toy_on(api, unreachable) as toy:
        for document in (
            "{ books { totalCount } }",
            "{ __typename a: books { totalCount } b: books { nodes { id } } }",
            ADD,
        ):
            response = await toy.respond(document, LARGE)
            assert (response.executed, response.codes) == (False, ["SERVICE_UNAVAILABLE"])
            assert "data" not in response.body
        assert (await toy.respond("{ __typename }", LARGE)).body == {"data": {"__typename": "Query"}}


@pytest.mark.embedded
async def test_a_database_that_responds_again_is_used(api: Api) -> None:
    with open_directory("restart") as directory:
        server = EmbeddedPostgres(directory, UNSAFE_AND_FAST)
        server.start()
        urls = await embedded_database(server, "library")
        database = TestDatabase("library", urls.app_url, str(urls.owner_url), server.address(database="library"))
        await make_tables(database)
        await make_libraries(database)
        async with toy_on(api, database.app) as toy:
            right = await toy.fetch(TAGS, LARGE)
            server.stop()
            assert set((await toy.respond(TAGS, LARGE)).codes) == {"SERVICE_UNAVAILABLE"}
            assert (await toy.respond(ADD, LARGE)).codes == ["SERVICE_UNAVAILABLE"]
            server.start()
            await asyncio.sleep(PoolOptions().pause)
            assert await toy.fetch(TAGS, LARGE) == right
            assert (await toy.fetch(ADD, LARGE))["addBook"]["book"] == {"title": "New"}
        server.stop()
