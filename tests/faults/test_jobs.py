"""A job of many tasks whose process, and PostgreSQL, are killed: each task is processed once."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from time import monotonic

import asyncpg
import pytest

from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.errors import PostgresError
from graphql_app.postgres.roles import Server
from tests.faults.job_process import LEASE
from tests.support.checkout import ROOT
from tests.support.databases import TestDatabase, connected, copy_of

pytestmark = [pytest.mark.faults, pytest.mark.embedded, pytest.mark.timeout(300)]
TASKS = 100_000
ORGANIZATION = "019aa000-0000-7000-8000-000000000001"
FILL = f"""
INSERT INTO organizations (id, name) VALUES ('{ORGANIZATION}', 'North');
INSERT INTO users (organization_id, id, name, email, role)
VALUES ('{ORGANIZATION}', '{ORGANIZATION}', 'Ada', 'ada@north.example', 'OWNER');
INSERT INTO tasks (organization_id, id, title, creator_id, status, priority)
SELECT '{ORGANIZATION}', gen_random_uuid(), 'Task', '{ORGANIZATION}', 'OPEN', 3 FROM generate_series(1, {TASKS});
INSERT INTO jobs (organization_id, id, name, status, arguments, state, priority, total, created_by_id)
VALUES ('{ORGANIZATION}', '{ORGANIZATION}', 'processAll', 'QUEUED', '{{}}', '{{}}', 3, {TASKS}, '{ORGANIZATION}')
"""
STATE = "SELECT status, done, attempt, leased_until - clock_timestamp() AS left FROM jobs"
BACKENDS = """SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND usename LIKE '%app%' AND backend_type = 'client backend' LIMIT 1"""
SERVERS_KILLED, CRASHES = 3, 1
AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, PostgresError, OSError)
"""Errors of a database that recovers."""


async def start(database: TestDatabase) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.job_process", database.app_url, cwd=ROOT
    )


async def watched(database: TestDatabase, seen: list[int], until: int) -> None:
    """Wait until this many tasks are done. Each progress is recorded, and no lease ends later than stated."""
    async with asyncio.timeout(120):
        while True:
            with suppress(*AWAY):
                async with database.as_system() as connection:
                    while True:
                        row = await connection.fetchrow(STATE)
                        assert row is not None
                        seen.append(row["done"])
                        assert row["left"] is None or row["left"].total_seconds() <= LEASE + 0.1
                        assert row["status"] != "FAILED"
                        if row["done"] >= until:
                            return
                        await asyncio.sleep(0.02)
            await asyncio.sleep(0.1)


async def crash_postgres(admin: DriverConnection) -> None:
    """Kill a server process: PostgreSQL ends all others and recovers."""
    pid = await admin.fetchval(BACKENDS)
    os.kill(pid, signal.SIGKILL)


async def test_each_task_is_processed_once_although_processes_and_postgres_are_killed(
    postgres: Server, template: str
) -> None:
    async with copy_of(postgres, template) as database:
        async with connected(database.admin) as admin:
            # servers of tests confirm commits before they are written, and may lose the last ones in a crash
            await admin.execute(f"ALTER DATABASE {database.name} SET synchronous_commit = on")
        await check(database)


async def check(database: TestDatabase) -> None:
    async with database.as_system() as connection:
        await connection.execute(FILL)
    seen: list[int] = []
    process, began = await start(database), monotonic()
    try:
        for part in range(SERVERS_KILLED):
            await watched(database, seen, (part + 1) * TASKS // 6)
            process.kill()
            await process.wait()
            process = await start(database)
        await watched(database, seen, 4 * TASKS // 6)
        with suppress(*AWAY):
            async with connected(database.admin) as admin:
                await crash_postgres(admin)
        await watched(database, seen, TASKS)
        await asyncio.sleep(1)
    finally:
        process.kill()
        await process.wait()
    async with database.as_system() as connection:
        row = await connection.fetchrow(STATE)
        versions = await connection.fetch("SELECT version, count(*) FROM tasks GROUP BY version")
    assert row is not None
    print(f"{TASKS} tasks in {monotonic() - began:.1f} s, with {row['attempt']} leases")  # noqa: T201 (measured figures)
    assert [(each["version"], each["count"]) for each in versions] == [(2, TASKS)]
    assert (row["status"], row["done"]) == ("SUCCEEDED", TASKS)
    assert row["attempt"] > SERVERS_KILLED + CRASHES
    assert seen == sorted(seen), "progress has decreased"
