"""Lending: a snapshot is ended by who comes next, and who waits comes in turn."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from graphql_app.database.connections import Connections, PoolOptions
from graphql_app.database.gate import Gate
from graphql_app.database.transactions import READ, WRITE
from graphql_app.postgres.connecting import Connection
from tests.engine.watching import OURS
from tests.support.databases import TestDatabase

LONG = 60.0
STATE = (
    "SELECT pg_backend_pid() AS pid, current_setting('app.org', true) AS organization, now() AS begun,"
    " current_setting('transaction_read_only') AS read_only"
)
OPEN = f"SELECT count(*) FROM pg_stat_activity WHERE {OURS} AND state LIKE 'idle in transaction%'"


@asynccontextmanager
async def opened(database: TestDatabase, **options: Any) -> AsyncIterator[Connections]:
    connections = Connections(database.app.url, database.app.connect_args, PoolOptions(**options))
    try:
        yield connections
    finally:
        await connections.dispose()


async def ask(connections: Connections, organization: UUID | None = None) -> dict[str, Any]:
    """What an operation finds that reads one statement."""
    gate = Gate(connections, organization)
    (row,) = await gate.fetch(STATE, [])
    gate.release()
    return dict(row)


async def test_the_next_operation_has_a_snapshot_of_its_own_on_the_same_connection(own_database: TestDatabase) -> None:
    first, second = uuid4(), uuid4()
    async with opened(own_database, rest=LONG) as connections:
        one, two = await ask(connections, first), await ask(connections, second)
    assert one["pid"] == two["pid"]
    assert one["begun"] < two["begun"]
    assert (one["organization"], two["organization"]) == (str(first), str(second))


async def test_an_operation_without_an_organization_does_not_inherit_one(own_database: TestDatabase) -> None:
    async with opened(own_database, rest=LONG) as connections:
        one, two = await ask(connections, uuid4()), await ask(connections)
    assert one["pid"] == two["pid"]
    assert two["organization"] in ("", None)


async def test_a_write_follows_a_snapshot_that_rests(own_database: TestDatabase) -> None:
    async with opened(own_database, rest=LONG) as connections:
        read = await ask(connections)
        lease = await connections.lend()
        await lease.begin(WRITE, None)
        (row,) = await lease.fetch(STATE, [])
        await lease.give_back()
    assert (row["pid"], row["read_only"]) == (read["pid"], "off")


async def test_ending_a_snapshot_and_beginning_the_next_is_one_message(own_database: TestDatabase) -> None:
    sent: list[str] = []
    async with opened(own_database, rest=LONG) as connections:
        await ask(connections)
        lease = await connections.lend()
        lease.driver.add_query_logger(lambda query: sent.append(query.query))
        await lease.begin(READ, None)
        await lease.give_back()
    assert [message.split(" ISOLATION")[0] for message in sent] == ["ROLLBACK; BEGIN", "ROLLBACK"]


async def test_what_rests_is_rolled_back_soon_and_returned_to_the_pool(
    own_database: TestDatabase, admin: Connection
) -> None:
    async with opened(own_database, rest=0.05) as connections:
        gates = [Gate(connections, None) for _ in range(3)]
        for gate in gates:
            await gate.fetch("SELECT 1", [])
        for gate in gates:
            gate.release()
        assert connections.lending.resting == 3
        assert connections.status() == {"size": 10, "borrowed": 0, "idle": 3}
        while connections.lending.resting:  # noqa: ASYNC110 (an alarm clock rings for it)
            await asyncio.sleep(0.01)
        await connections.lending.settled()
        assert await admin.fetchval(OPEN) == 0
        assert connections.status() == {"size": 10, "borrowed": 0, "idle": 3}


async def test_nothing_rests_behind_a_pooler(own_database: TestDatabase, admin: Connection) -> None:
    async with opened(own_database, rest=0) as connections:
        await ask(connections)
        assert connections.lending.resting == 0
        await connections.lending.settled()
        assert await admin.fetchval(OPEN) == 0
        assert connections.status()["idle"] == 1


async def test_a_connection_that_was_lost_at_rest_is_replaced(own_database: TestDatabase, admin: Connection) -> None:
    async with opened(own_database, rest=LONG) as connections:
        first = await ask(connections)
        await admin.execute("SELECT pg_terminate_backend($1)", first["pid"])
        while not connections.lending._resting[0].driver.is_closed():  # noqa: ASYNC110 (the driver has no event for it)
            await asyncio.sleep(0.01)
        assert (await ask(connections))["pid"] != first["pid"]


async def test_a_snapshot_of_somebody_else_cannot_be_read_from(own_database: TestDatabase) -> None:
    async with opened(own_database, rest=LONG) as connections:
        await ask(connections, uuid4())
        lease = await connections.lend()
        with pytest.raises(RuntimeError, match="somebody else"):
            await lease.fetch(STATE, [])
        await lease.give_back()


async def test_the_driver_s_own_connection_is_outside_of_any_transaction(own_database: TestDatabase) -> None:
    async with opened(own_database, rest=LONG) as connections:
        await ask(connections, uuid4())
        async with connections.driver() as driver:
            assert not driver.is_in_transaction()
            assert await driver.fetchval("SELECT current_setting('app.org', true)") in ("", None)


async def test_disposing_ends_what_rests(own_database: TestDatabase, admin: Connection) -> None:
    async with opened(own_database, rest=LONG) as connections:
        await ask(connections)
    assert await admin.fetchval(f"SELECT count(*) FROM pg_stat_activity WHERE {OURS}") == 0


@pytest.mark.parametrize("rest", [0, LONG])
async def test_who_waits_comes_in_turn(own_database: TestDatabase, rest: float) -> None:
    async with opened(own_database, size=1, rest=rest) as connections:
        order: list[int] = []

        async def come(number: int) -> None:
            gate = Gate(connections, None)
            await gate.fetch("SELECT 1", [])
            order.append(number)
            gate.release()

        await asyncio.gather(*(come(number) for number in range(20)))
    assert order == list(range(20))


async def test_a_place_is_passed_on_by_who_is_cancelled_when_it_is_his_turn(own_database: TestDatabase) -> None:
    async with opened(own_database, size=1, rest=LONG) as connections:
        lease = await connections.lend()
        await lease.begin(READ, None)
        first, second = (asyncio.create_task(connections.lend()) for _ in range(2))
        await asyncio.sleep(0)
        assert lease.rest()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        await (await second).give_back()
        assert connections.status() == {"size": 1, "borrowed": 0, "idle": 1}
        assert await ask(connections)


async def test_who_waits_for_too_long_is_told_so_and_the_place_stays_for_others(own_database: TestDatabase) -> None:
    async with opened(own_database, size=1, timeout=0.05) as connections:
        lease = await connections.lend()
        with pytest.raises(PoolTimeout):
            await connections.lend()
        await lease.give_back()
        assert await ask(connections)


async def test_a_connection_that_cannot_be_opened_takes_no_place(own_database: TestDatabase) -> None:
    url = own_database.app.url.set(database="no such database")
    connections = Connections(url, own_database.app.connect_args, PoolOptions(size=1, timeout=0.05))
    for _ in range(3):
        with pytest.raises(DBAPIError, match="does not exist"):
            await connections.lend()
    await connections.dispose()


async def test_what_was_lost_while_it_was_lent_takes_no_place(own_database: TestDatabase, admin: Connection) -> None:
    async with opened(own_database, size=1, timeout=0.05) as connections:
        for _ in range(3):
            gate = Gate(connections, None)
            (row,) = await gate.fetch(STATE, [])
            await admin.execute("SELECT pg_terminate_backend($1)", row["pid"])
            with pytest.raises(ConnectionResetError):
                await gate.fetch("SELECT pg_sleep(1)", [])
            assert await gate.fetch("SELECT 1", [])
            await gate.close()
        assert connections.status()["borrowed"] == 0
