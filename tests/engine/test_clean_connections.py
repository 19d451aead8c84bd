"""Connections after any end of an operation: returned clean, without a running statement."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from graphql_app.context import Context
from graphql_app.database.transaction_sql import READ
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.types.schema import Api
from tests.engine.backend_activity import assert_clean, locked, running, sleep, until, waiting
from tests.engine.datasets import library
from tests.engine.toy_api import Toy, toy_on, wide
from tests.support.databases import TestDatabase

LARGE = library("large").organization
SLEEP = '{ ask(name: "sleep") }'
TAGS = "{ books { nodes { tags { nodes { word } } } } }"


@pytest.fixture(autouse=True)
async def clean_at_the_end(own_toy: Toy, admin: DriverConnection) -> AsyncIterator[None]:
    own_toy.script.questions["sleep"] = sleep
    yield
    await assert_clean(own_toy.connections, admin)


async def test_a_connection_is_clean_after_success(own_toy: Toy) -> None:
    await own_toy.fetch(TAGS, LARGE)


async def test_a_connection_is_clean_after_an_error_of_a_field(own_toy: Toy) -> None:
    response = await own_toy.respond("{ shelves { nodes { label } } books(first: -1) { totalCount } }", LARGE)
    assert response.codes == ["BAD_USER_INPUT"]


async def test_a_connection_is_clean_after_an_error_of_sql(own_toy: Toy) -> None:
    async def fail(context: Context) -> str:
        return str(await context.session.read(lambda session: session.scalar(text("SELECT 1 / 0"))))

    own_toy.script.questions["fail"] = fail
    error = await own_toy.refuse('{ ask(name: "fail") }', LARGE)
    assert error["code"] == "INTERNAL_SERVER_ERROR"


@pytest.mark.parametrize("times", [1, 2, 50])
async def test_a_connection_is_clean_after_a_disconnect_during_a_statement(
    own_toy: Toy, admin: DriverConnection, times: int
) -> None:
    asking = asyncio.create_task(own_toy.respond(SLEEP, LARGE))
    await until(lambda: running(admin))
    for _ in range(times):
        asking.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_a_connection_is_clean_after_a_disconnect_during_a_batch(
    own_toy: Toy, own_database: TestDatabase, admin: DriverConnection
) -> None:
    async with locked(own_database, "tags"):
        asking = asyncio.create_task(own_toy.respond(TAGS, LARGE))
        await until(lambda: waiting(admin))
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await assert_clean(own_toy.connections, admin)


async def test_a_connection_is_clean_after_a_disconnect_during_a_mutation(
    own_toy: Toy, own_database: TestDatabase, admin: DriverConnection
) -> None:
    shelf = library("large").rows["shelves"][0]["id"]
    change = f'mutation {{ addBook(input: {{shelfId: "{shelf}", title: "New"}}) {{ book {{ id }} }} }}'
    async with locked(own_database, "books"):
        asking = asyncio.create_task(own_toy.respond(change, LARGE))
        await until(lambda: waiting(admin))
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await assert_clean(own_toy.connections, admin)
    assert await admin.fetchval("SELECT count(*) FROM books WHERE title = 'New'") == 0


@pytest.mark.parametrize("query", [SLEEP, TAGS])
async def test_a_connection_is_clean_after_the_operation_timeout(
    api: Api, own_database: TestDatabase, admin: DriverConnection, query: str
) -> None:
    async with (
        toy_on(api, own_database.app, options=wide(timeout=0.3)) as hasty,
        locked(own_database, "tags"),
    ):
        hasty.script.questions["sleep"] = sleep
        assert await hasty.refuse(query, LARGE) == {"code": "OPERATION_TIMEOUT"}
        await assert_clean(hasty.connections, admin)


async def test_a_connection_is_clean_after_the_statement_timeout(
    api: Api, own_database: TestDatabase, admin: DriverConnection
) -> None:
    async with toy_on(api, own_database.app, statement_timeout="200ms") as hasty:
        hasty.script.questions["sleep"] = sleep
        assert await hasty.refuse(SLEEP, LARGE) == {"code": "OPERATION_TIMEOUT"}
        await assert_clean(hasty.connections, admin)


async def test_a_connection_is_clean_after_the_lock_timeout(
    api: Api, own_database: TestDatabase, admin: DriverConnection
) -> None:
    async with toy_on(api, own_database.app, lock_timeout="200ms") as hasty, locked(own_database, "tags"):
        response = await hasty.respond("{ tags { nodes { word } } }", LARGE)
        assert response.codes == ["OPERATION_TIMEOUT"]
        await assert_clean(hasty.connections, admin)


async def test_a_connection_is_clean_after_an_error_beside_a_slow_field(own_toy: Toy, admin: DriverConnection) -> None:
    async def nap(context: Context) -> str:
        return str(await context.session.read(lambda session: session.scalar(text("SELECT pg_sleep(0.1)"))))

    own_toy.script.questions["nap"] = nap
    response = await own_toy.respond('{ ask(name: "nap") books(first: -1) { totalCount } }', LARGE)
    assert response.body["data"] == {"ask": "None", "books": None}
    assert response.codes == ["BAD_USER_INPUT"]
    await assert_clean(own_toy.connections, admin)


async def test_an_open_transaction_ends_before_the_next_one_begins(own_toy: Toy) -> None:
    connection = await own_toy.connections.acquire()
    await connection.driver.execute("BEGIN; SELECT 1")
    await connection.begin(READ, LARGE)
    (isolation,) = await connection.fetch("SELECT current_setting('transaction_isolation')", ())
    assert isolation[0] == "repeatable read"
    await own_toy.connections.release(connection)
