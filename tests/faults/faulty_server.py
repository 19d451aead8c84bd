"""Real server whose statements can fail: some mutations get a serialization failure from PostgreSQL.

Run as ``python -m tests.faults.faulty_server``, with the settings in the environment. ``FAULTS`` is the percentage of
mutations that fail; each failure is a byte in the file ``FAULTS_LOG``.
"""

import os
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from asyncpg import Record

from graphql_app.app import create_app
from graphql_app.database.connection import PooledConnection
from graphql_app.database.pool import ConnectionPool
from graphql_app.http.logging import configure_logging
from graphql_app.http.services import api_services
from graphql_app.settings import Settings, load_settings
from schema.services import DomainServices, open_domain
from tests.support.application import APPLICATION, MIGRATIONS

FAILURE = "DO $$ BEGIN RAISE EXCEPTION 'injected' USING ERRCODE = 'serialization_failure'; END $$"


def inject(percent: float, log: Path) -> None:
    """Make some of the mutations fail in PostgreSQL."""
    fetch = PooledConnection.fetch

    async def failing(self: PooledConnection, sql: str, arguments: Sequence[object], keys: int = 0) -> list[Record]:
        if not sql.startswith("UPDATE") or random.random() * 100 >= percent:
            return await fetch(self, sql, arguments, keys)
        with log.open("a") as counted:
            counted.write(".")
        return await fetch(self, FAILURE, ())

    PooledConnection.fetch = failing  # type: ignore[method-assign] # the server of this test alone


@asynccontextmanager
async def open_faulty(connections: ConnectionPool, settings: Settings) -> AsyncIterator[DomainServices]:
    """Open the domain's services on faulty connections."""
    inject(float(os.environ["FAULTS"]), Path(os.environ["FAULTS_LOG"]))
    async with open_domain(connections, settings) as services:
        yield services


if __name__ == "__main__":
    chosen = load_settings()
    configure_logging(chosen)
    uvicorn.run(
        create_app(chosen, api_services(APPLICATION.build(), MIGRATIONS, open_faulty)),
        port=chosen.port,
        log_config=None,
    )
