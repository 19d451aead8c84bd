"""Readers of events: transactions that commit out of order, limits, cursors and partitions."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_app.database.pool import ConnectionPool
from graphql_app.database.pool_settings import open_pool
from graphql_app.database.session import OperationSession
from graphql_app.errors import BadUserInput
from graphql_app.events.cursors import CursorExpired, EventCursor, Snapshot, read_cursor
from graphql_app.events.partitions import maintain_partitions
from graphql_app.events.reader import EventPage, ReadEvent, current_snapshot, events_after
from graphql_app.models.base import new_id
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.settings import Settings
from graphql_app.sql.cursors import pack
from tests.support.databases import TestDatabase, connected
from tests.support.organizations import ALPHA
from tests.support.settings import settings_for

WEEK = timedelta(days=7)
LAST = "SELECT position, type FROM events WHERE type LIKE 'test.%' AND position > $1 ORDER BY position"


async def write(connection: DriverConnection, *types: str) -> None:
    """Write events in the open transaction."""
    rows = [
        {"id": new_id(), "type": type, "operation": "UPDATED", "subject_type": "Task", "subject_id": uuid4()}
        | {"changes": {}}
        for type in types
    ]
    await connection.execute(f"SET LOCAL app.org = '{ALPHA.organization}'")
    await connection.execute(f"CALL write_events(NULL, NULL, '{orjson.dumps(rows).decode()}')")


class Reading:
    """Reader of Alpha's events."""

    def __init__(self, connections: ConnectionPool) -> None:
        self.connections = connections

    async def start(self) -> EventCursor:
        async with self.session() as session:
            return EventCursor.at(await current_snapshot(session))

    async def after(self, cursor: EventCursor, limit: int = 100, **options: Any) -> EventPage:
        async with self.session() as session:
            return await events_after(session, cursor, limit, **options)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[OperationSession]:
        session = OperationSession(self.connections, ALPHA.organization)
        try:
            yield session
        finally:
            await session.close()


@pytest.fixture
async def reading(own_organizations: TestDatabase) -> AsyncIterator[Reading]:
    connections = open_pool(own_organizations.app, settings_for(own_organizations))
    try:
        yield Reading(connections)
    finally:
        await connections.close()


async def test_the_last_position_loses_events_that_commit_out_of_order_and_a_cursor_does_not(
    reading: Reading, own_organizations: TestDatabase
) -> None:
    cursor, seen, by_position, last = await reading.start(), list[str](), list[str](), 0
    async with AsyncExitStack() as stack:
        slow, fast, reader = [await stack.enter_async_context(connected(own_organizations.app)) for _ in range(3)]
        await reader.execute(f"SET app.org = '{ALPHA.organization}'")
        await slow.execute("BEGIN")
        await write(slow, "test.slow")
        for number in range(3):
            async with fast.transaction():
                await write(fast, f"test.fast_{number}")
        for is_committed in (False, True):
            if is_committed:
                await slow.execute("COMMIT")
            page = await reading.after(cursor)
            seen += [event.type for event in page.events]
            cursor = page.end
            for row in await reader.fetch(LAST, last):
                by_position.append(row["type"])
                last = row["position"]
    assert by_position == ["test.fast_0", "test.fast_1", "test.fast_2"]
    assert seen == ["test.fast_0", "test.fast_1", "test.fast_2", "test.slow"]


async def test_a_rolled_back_event_is_never_read(reading: Reading, own_organizations: TestDatabase) -> None:
    cursor = await reading.start()
    async with connected(own_organizations.app) as one:
        await one.execute("BEGIN")
        await write(one, "test.lost")
        await one.execute("ROLLBACK")
    assert (await reading.after(cursor)).events == []


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
async def test_each_event_has_a_cursor_from_which_reading_continues_exactly(
    reading: Reading, own_organizations: TestDatabase, limit: int
) -> None:
    start = await reading.start()
    async with AsyncExitStack() as stack:
        writers = [await stack.enter_async_context(connected(own_organizations.app)) for _ in range(3)]
        for number, writer in enumerate(writers):
            await writer.execute("BEGIN")
            await write(writer, *(f"test.{number}_{part}" for part in range(2)))
        await writers[1].execute("COMMIT")
        found, cursor = list[ReadEvent](), start
        for step in range(12):
            if step == 2:
                await writers[0].execute("COMMIT")
            if step == 4:
                await writers[2].execute("COMMIT")
            page = await reading.after(read_cursor(cursor.encode(), WEEK), limit)
            found += page.events
            cursor = page.end
    assert sorted(event.type for event in found) == [f"test.{n}_{part}" for n in range(3) for part in range(2)]
    for index, event in enumerate(found):
        resumed = await reading.after(read_cursor(event.cursor.encode(), WEEK))
        assert {each.id for each in resumed.events} == {each.id for each in found[index + 1 :]}


async def test_events_are_read_by_type(reading: Reading, own_organizations: TestDatabase) -> None:
    start = await reading.start()
    async with connected(own_organizations.app) as one, one.transaction():
        await write(one, "test.one", "test.other", "test.one")
    page = await reading.after(start, types=["test.one"])
    assert [event.type for event in page.events] == ["test.one"] * 2


def cursor_text(*values: object) -> str:
    return pack("events", *values)


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "é", "bm9uc2Vuc2U", cursor_text(1, "5:5:", "", 0, 9), cursor_text(1, "6:5:", "", 0)),
        *(cursor_text(1, "5:9:9", "", 0), cursor_text(1, "5:5:", "", "x"), cursor_text("1", "5:5:", "", 0)),
        *(cursor_text(1, "5:5: ", "", 0), cursor_text(1, 5, "", 0), cursor_text(1, f"5:{2**64}:", "", 0)),
    ],
)
def test_a_malformed_cursor_is_bad_input(text: str) -> None:
    with pytest.raises(BadUserInput):
        read_cursor(text, WEEK)


@given(st.text())
def test_any_text_is_a_cursor_or_bad_input(text: str) -> None:
    with pytest.raises(BadUserInput):
        read_cursor(text, WEEK)


def test_a_cursor_is_encoded_and_read() -> None:
    snapshot, later = Snapshot.parse("10:20:10,12"), Snapshot.parse("12:21:12,20")
    cursor = EventCursor(snapshot, later, 7, EventCursor.at(snapshot).taken)
    again = read_cursor(cursor.encode(), WEEK)
    assert (again.after, again.within, again.position) == (snapshot, later, 7)


def test_an_old_cursor_has_expired() -> None:
    snapshot = Snapshot.parse("10:20:")
    at = EventCursor.at(snapshot)
    old = EventCursor(snapshot, snapshot, 0, at.taken - 8 * 24 * 3600)
    with pytest.raises(CursorExpired):
        read_cursor(old.encode(), WEEK)


async def test_a_cursor_of_another_database_has_expired(reading: Reading) -> None:
    later = EventCursor.at(Snapshot.parse(f"{2**40}:{2**40}:"))
    with pytest.raises(CursorExpired):
        await reading.after(later)


PARTITIONS = """SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'events'::regclass ORDER BY 1"""
PLACES = "SELECT tableoid::regclass::text FROM events WHERE id = $1"


def kept(database: TestDatabase, days: int) -> Settings:
    """Return settings of a server that keeps events for this number of days."""
    return settings_for(database, events_retention=days * 86_400, audit_retention=days * 86_400)


async def test_events_of_the_default_partition_move_to_new_ones(own_organizations: TestDatabase) -> None:
    async with connected(own_organizations.owner) as owner, connected(own_organizations.app) as app:
        (*months, default) = sorted(
            (each for (each,) in await owner.fetch(PARTITIONS)), key=lambda x: x == "events_default"
        )
        assert (default, len(months)) == ("events_default", 4)
        current = months[1]
        await owner.execute(f"DROP TABLE {current}")
        async with app.transaction():
            await write(app, "test.early")
        async with own_organizations.as_system() as system:
            id = await system.fetchval("SELECT id FROM events WHERE type = 'test.early'")
            assert await system.fetchval(PLACES, id) == "events_default"
            assert await maintain_partitions(app, kept(own_organizations, 30)) == (1, 0)
            assert await system.fetchval(PLACES, id) == current
        async with app.transaction():
            await app.execute(f"SET LOCAL app.org = '{ALPHA.organization}'")
            assert await app.fetchval("SELECT count(*) FROM events WHERE id = $1", id) == 1


async def test_only_old_partitions_of_events_are_dropped(own_organizations: TestDatabase) -> None:
    async with connected(own_organizations.owner) as owner, connected(own_organizations.app) as app:
        await owner.execute(
            "CREATE TABLE events_2020_01 PARTITION OF events FOR VALUES FROM (first_event_id('2020-01-01Z')) "
            "TO (first_event_id('2020-02-01Z'))"
        )
        await owner.execute("CREATE TABLE events_2020_02 (id uuid)")
        assert await maintain_partitions(app, kept(own_organizations, 40)) == (0, 1)
        assert await owner.fetchval("SELECT to_regclass('events_2020_02') IS NOT NULL")
        with pytest.raises(Exception, match="events of the last day are kept"):
            await app.fetchval("SELECT drop_event_partitions(now())")
        with pytest.raises(Exception, match="must be owner"):
            await app.execute("DROP TABLE events_default")


def test_a_first_id_is_that_of_the_database() -> None:
    cursor = EventCursor(Snapshot.parse("1:1:"), Snapshot.parse("1:1:"), 0, 1_800_003_600.0)
    assert cursor.first_id == UUID("01a3185c-5000-7000-8000-000000000000")
