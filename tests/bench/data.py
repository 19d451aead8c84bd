"""Database of the benchmark: an embedded PostgreSQL in a separate directory, filled once and kept."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import click

from graphql_app.cli.database import owner_of
from graphql_app.cli.migrate import migrate_up
from graphql_app.cli.seed import fill, is_empty
from graphql_app.postgres.embedded import EmbeddedPostgres
from graphql_app.postgres.roles import NAME, DatabaseUrls, embedded_database
from schema.seed import Sizes
from tests.bench.cpu import LOAD_CORE, pin
from tests.support.application import CONFIG

DIRECTORY = Path(__file__).parents[2] / ".workline" / "bench"
SIZES = Sizes(tasks=200_000, comments=400_000)
"""Sizes of `workline seed --tasks 200000 --comments 400000`: most posts have four comments or more."""
TITLE = "Benchmark: replace the "
"""Prefix of the texts of tasks and comments that the benchmark creates and removes."""
RENEWED = "Renewed by the benchmark: "
"""Prefix of the titles of tasks that the benchmark updates."""

PROVIDED = {
    "tasks": f"""INSERT INTO tasks (organization_id, id, title, status, priority, creator_id)
SELECT $1, uuidv7(), '{TITLE}part ' || number, 'OPEN', 3, $2 FROM generate_series(1, $3::int) AS number RETURNING id""",
    "comments": f"""INSERT INTO comments (organization_id, id, body, author_id, task_id)
SELECT $1, uuidv7(), '{TITLE}comment ' || number, $2, (SELECT id FROM tasks WHERE organization_id = $1 LIMIT 1)
FROM generate_series(1, $3::int) AS number RETURNING id""",
}
"""Statements that insert rows of a table: organization, user, number."""


@dataclass(frozen=True)
class Bench:
    """Running database."""

    server: EmbeddedPostgres
    urls: DatabaseUrls

    @property
    def pid(self) -> int:
        assert self.server.pid is not None
        return self.server.pid

    @property
    def log(self) -> Path:
        """Return the file to which PostgreSQL logs statements on request."""
        return self.server.home.log

    def environment(self, user: str = "postgres") -> dict[str, str]:
        """Return the environment variables with which other servers connect."""
        return {"PGHOST": str(self.server.home.sockets), "PGDATABASE": NAME, "PGUSER": user}

    def execute(self, *statements: str) -> None:
        """Run statements as a superuser, each in a separate transaction."""
        asyncio.run(self._execute(statements))

    def fetch(self, statement: str, *arguments: Any) -> list[Any]:
        """Return rows, read as a superuser."""
        return asyncio.run(self._fetch(statement, arguments))

    async def _execute(self, statements: tuple[str, ...]) -> None:
        connection = await self._connect()
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    async def _fetch(self, statement: str, arguments: tuple[Any, ...]) -> list[Any]:
        connection = await self._connect()
        rows: list[Any] = await connection.fetch(statement, *arguments)
        await connection.close()
        return rows

    async def _connect(self) -> Any:
        # statements of the benchmark itself are not counted
        options = {"log_statement": "none", "application_name": "benchmark"}
        environment = self.environment()
        return await asyncpg.connect(
            host=environment["PGHOST"], user="postgres", database=NAME, server_settings=options
        )

    def tidy(self) -> None:
        """Remove created rows, so that every server has the same tables."""
        self.execute(
            f"DELETE FROM comments WHERE body LIKE '{TITLE}%'",
            f"DELETE FROM tasks WHERE title LIKE '{TITLE}%'",
            "VACUUM (ANALYZE) tasks, comments",
        )

    def provide(self, table: str, organization: UUID, user: UUID, count: int) -> list[str]:
        """Insert rows to be deleted, and return their ids."""
        rows = self.fetch(PROVIDED[table], organization, user, count)
        return [str(row["id"]) for row in rows]


@contextmanager
def database() -> Iterator[Bench]:
    """Start the database on the core of the load, and fill it if it is empty."""
    with EmbeddedPostgres(DIRECTORY) as server:
        urls = asyncio.run(embedded_database(server))
        migrate_up(urls, CONFIG)
        bench = Bench(server, urls)
        if is_empty(owner_of(urls), CONFIG):
            click.echo("Filling the database of the benchmark. It is kept; this takes a minute once.")
            fill(owner_of(urls), asdict(SIZES), CONFIG)
            bench.execute("VACUUM (ANALYZE)", "CHECKPOINT")
        # PostGraphile writes no ids; Workline writes its own and is not affected
        bench.execute(*(f"ALTER TABLE {table} ALTER id SET DEFAULT uuidv7()" for table in PROVIDED))
        bench.tidy()
        pin(bench.pid, LOAD_CORE)
        yield bench
