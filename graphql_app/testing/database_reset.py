"""Databases that tests modify: one copy of a template for many tests, restored after each test.

A new copy for each test costs PostgreSQL two checkpoints and hundreds of files, twenty times as much as restoring it.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

import asyncpg

from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.roles import Server
from graphql_app.testing.databases import TestDatabase, connected, copy_of

TABLES = """
SELECT c.oid::regclass::text AS name, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
    AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
GROUP BY c.oid ORDER BY c.oid
"""
CATALOGS = (
    *("pg_attrdef", "pg_attribute", "pg_class", "pg_constraint", "pg_depend", "pg_description", "pg_event_trigger"),
    *(
        "pg_extension",
        "pg_index",
        "pg_namespace",
        "pg_policy",
        "pg_proc",
        "pg_rewrite",
        "pg_sequence",
        "pg_trigger",
        "pg_type",
    ),
)
OF_ALL_DATABASES = ("pg_db_role_setting", "pg_database", "pg_auth_members")


def definitions_in(*catalogs: str) -> str:
    """Return a query whose result changes with every CREATE, ALTER, DROP, GRANT and REVOKE in these catalogs."""
    return " UNION ALL ".join(f"SELECT count(*), sum(xmin::text::bigint) FROM {catalog}" for catalog in catalogs)


WRITES = """
SELECT oid::regclass::text, pg_stat_get_tuples_inserted(oid) + pg_stat_get_tuples_updated(oid)
    + pg_stat_get_tuples_deleted(oid)
FROM pg_class WHERE relkind = 'r' AND (relnamespace = 'public'::regnamespace OR relname = ANY($1))
"""
"""Number of rows ever written to each table, committed or not. Sessions report it at their end at the latest."""
END_SESSIONS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
VACUUM_EVERY = 50


@dataclass
class _Copy:
    """A copy of the template, and a connection with a temporary table of the rows of each of its tables."""

    database: TestDatabase
    connection: DriverConnection
    definitions: tuple[list[asyncpg.Record], ...]
    """Catalogs of all databases, and of this database."""
    restoring: dict[str, str]
    """For each table the statements that restore its rows."""
    stack: AsyncExitStack
    writes: dict[str, int] = field(default_factory=dict)
    uses: int = 0

    @classmethod
    async def make(cls, server: Server, template: str) -> Self:
        async with AsyncExitStack() as stack:
            database = await stack.enter_async_context(copy_of(server, template))
            connection = await stack.enter_async_context(connected(database.admin))
            tables = await connection.fetch(TABLES)
            for number, table in enumerate(tables):
                await connection.execute(f"CREATE TEMPORARY TABLE kept_{number} AS TABLE {table['name']}")
            # foreign keys are not checked, and their actions not performed
            await connection.execute("SET session_replication_role = replica")
            shared = await connection.fetch(definitions_in(*OF_ALL_DATABASES))
            own = await connection.fetch(definitions_in(*CATALOGS))
            restoring = {
                table["name"]: f"DELETE FROM {table['name']}; INSERT INTO {table['name']} ({table['columns']}) "
                f"SELECT {table['columns']} FROM kept_{number}"
                for number, table in enumerate(tables)
            }
            made = cls(database, connection, (shared, own), restoring, stack)
            made.writes = await made._written()
            made.stack = stack.pop_all()
            return made
        raise AssertionError

    async def restore(self) -> bool:
        """End all other sessions and restore all rows. Return False if more than rows has changed."""
        try:
            await self.connection.execute(END_SESSIONS)
            written = await self._written()
            changed = [name for name, number in written.items() if number != self.writes.get(name)]
            if await self._redefined(changed):
                return False
            if changed:
                statements = "; ".join(self.restoring[name] for name in changed if name not in CATALOGS)
                # the driver takes no text without a statement
                await self.connection.execute(statements or "SELECT")
                self.writes = await self._written()
            self.uses += 1
            if self.uses % VACUUM_EVERY == 0:
                await self.connection.execute(f"VACUUM {', '.join(self.restoring)}")
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return False
        return True

    async def _redefined(self, changed: Collection[str]) -> bool:
        """Return True if more than rows has changed. Objects that were created and dropped again are ignored."""
        shared, own = self.definitions
        if await self.connection.fetch(definitions_in(*OF_ALL_DATABASES)) != shared:
            return True
        # reads thousands of rows
        return not set(CATALOGS).isdisjoint(changed) and await self.connection.fetch(definitions_in(*CATALOGS)) != own

    async def _written(self) -> dict[str, int]:
        await self.connection.execute("SELECT pg_stat_force_next_flush()")
        return dict(map(tuple, await self.connection.fetch(WRITES, CATALOGS)))


class RestoredDatabase:
    """Pool of copies of a template, each used by one test at a time, with exactly the template's rows.

    A copy in which a test has changed more than rows (tables, rights, functions) is dropped, as is a copy whose
    administrator session the test has ended.
    """

    def __init__(self, server: Server, template: str) -> None:
        self._server = server
        self._template = template
        self._idle: list[_Copy] = []

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[TestDatabase]:
        """Lend a copy for the duration of the block."""
        copy = self._idle.pop() if self._idle else await _Copy.make(self._server, self._template)
        try:
            yield copy.database
        finally:
            if await copy.restore():
                self._idle.append(copy)
            else:
                await copy.stack.aclose()

    async def close(self) -> None:
        """Drop all copies."""
        while self._idle:
            await self._idle.pop().stack.aclose()


@asynccontextmanager
async def restored(server: Server, template: str) -> AsyncIterator[RestoredDatabase]:
    """Open a database that is restored after each use, and drop it at the end."""
    database = RestoredDatabase(server, template)
    try:
        yield database
    finally:
        await database.close()
