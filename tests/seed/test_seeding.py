"""Seeding of a database: atomic, once, and with few statements."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import text

from graphql_app.cli.seed import connected
from graphql_app.postgres.roles import OWNER
from schema.seed import NotEmpty, Sizes, is_empty, seed
from schema.seed.row_writer import ROWS
from tests.seed.seeded import FILLED, counts, digests, fill, ignore
from tests.support.databases import TestDatabase

pytestmark = pytest.mark.slow

SMALL = Sizes(tasks=20)
TIMEOUT = 60.0


async def test_the_same_sizes_make_the_same_rows_in_every_database(demo: TestDatabase, database: TestDatabase) -> None:
    await fill(database, Sizes())
    assert await digests(database) == await digests(demo)


async def test_a_second_run_is_refused_and_changes_nothing(database: TestDatabase) -> None:
    await fill(database, SMALL)
    before = await digests(database)
    with pytest.raises(NotEmpty, match=r"organizations already \(2\)"):
        await fill(database, Sizes(tasks=40, seed=2))
    assert await digests(database) == before


async def test_add_creates_the_next_organizations(database: TestDatabase) -> None:
    await fill(database, SMALL)
    await fill(database, SMALL, add=True)
    async with database.as_system() as rows:
        names = await rows.fetch("SELECT name FROM organizations ORDER BY name")
    assert [row["name"] for row in names] == ["East Repair", "North Repair", "South Studio", "West Studio"]
    assert (await counts(database))["tasks"] == 40


async def test_an_empty_database_is_detected(database: TestDatabase) -> None:
    async with connected(database.owner) as connection:
        assert await is_empty(connection)
        await seed(connection, SMALL, ignore)
        assert not await is_empty(connection)


async def test_the_connection_keeps_its_role_afterwards(database: TestDatabase) -> None:
    async with connected(database.owner) as connection:
        await seed(connection, SMALL, ignore)
        assert await connection.scalar(text("SELECT current_user")) == OWNER


async def test_a_superuser_may_seed_as_well(database: TestDatabase) -> None:
    async with connected(database.admin) as connection:
        await seed(connection, SMALL, ignore)
    assert (await counts(database))["tasks"] == 20


async def test_an_interrupted_run_leaves_nothing_and_can_be_repeated(database: TestDatabase) -> None:
    def interrupt(what: str, done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    async with connected(database.owner) as connection:
        with pytest.raises(KeyboardInterrupt):
            await seed(connection, SMALL, interrupt)
    assert set((await counts(database)).values()) == {0}
    await fill(database, SMALL)


async def test_a_cancelled_run_leaves_nothing(database: TestDatabase) -> None:
    begun = asyncio.Event()
    async with connected(database.owner) as connection:
        running = asyncio.create_task(seed(connection, Sizes(tasks=5_000), lambda *_: begun.set()))
        await begun.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert set((await counts(database)).values()) == {0}


async def test_one_of_two_concurrent_runs_is_refused(database: TestDatabase) -> None:
    results = await asyncio.gather(*(fill(database, SMALL) for _ in range(2)), return_exceptions=True)
    assert Counter(type(result) for result in results) == {type(None): 1, NotEmpty: 1}
    assert (await counts(database))["organizations"] == 2


async def test_progress_counts_the_tasks(database: TestDatabase) -> None:
    seen: list[tuple[str, int, int]] = []
    async with connected(database.owner) as connection:
        await seed(connection, SMALL, lambda *news: seen.append(news))
    assert seen == [("tasks", 0, 20), ("tasks", 10, 20), ("tasks", 20, 20)]


async def test_indexes_are_restored(database: TestDatabase) -> None:
    async def indexes() -> list[str]:
        async with database.as_system() as rows:
            return [row["indexdef"] for row in await rows.fetch("SELECT indexdef FROM pg_indexes ORDER BY 1")]

    before = await indexes()
    await fill(database, SMALL)
    assert await indexes() == before
    assert any("USING gin" in each for each in before)


async def test_rows_are_added_beside_a_concurrent_reader(database: TestDatabase) -> None:
    """Creating an index locks readers out, so it is done only in an empty database."""
    await fill(database, SMALL)
    async with database.as_system() as reader, reader.transaction():
        await reader.execute("SELECT FROM tasks")
        await asyncio.wait_for(fill(database, SMALL, add=True), TIMEOUT)
    assert (await counts(database))["tasks"] == 40


async def test_the_number_of_statements_depends_on_batches_and_not_on_rows(database: TestDatabase) -> None:
    inserts: Counter[str] = Counter()
    async with connected(database.owner) as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        driver.add_query_logger(lambda record: inserts.update(record.query.split("(")[:1]))
        await seed(connection, Sizes(tasks=5_000), ignore)
    made = {table: count for table, count in (await counts(database)).items() if table in FILLED}
    written = {table: inserts[f"INSERT INTO {table} "] for table in made}
    batches = sum(made.values()) // ROWS + 2  # the last batch of each organization is not full
    assert made["tasks"] == 5_000
    assert min(written.values()) >= 1
    assert max(written.values()) <= batches
