"""Seeing every row, and proving it.

A question about the whole database is worthless where row-level security hides rows: the sum of nothing is zero. So
before anything is asked, PostgreSQL has to say how it would read each table, and that must be without a condition.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from graphql_app.database.security import SYSTEM
from graphql_app.doctor.findings import Finding, ok, problem
from graphql_app.postgres.connecting import Connection

PATIENCE = 3600.0
"""Seconds that a question about all rows of a table may take."""
CONDITIONS = {"Filter", "One-Time Filter", "Index Cond", "Recheck Cond", "TID Cond"}
"""What a plan calls its conditions."""
TABLES = """
    SELECT quote_ident(relname) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> 'alembic_version' ORDER BY 1"""


@asynccontextmanager
async def as_system(owner: Connection) -> AsyncIterator[Connection]:
    """One snapshot of everything, as the role that sees every row. Nothing can be written, and no name be shadowed."""
    async with owner.transaction(isolation="repeatable_read", readonly=True):
        await owner.execute(f"SET LOCAL ROLE {SYSTEM}")
        await owner.execute("SET LOCAL search_path = public, pg_temp; SET LOCAL lock_timeout = '3s'")
        yield owner


async def apart(connection: Connection, question: Awaitable[list[Finding]]) -> list[Finding]:
    """The answer to a question that may fail without ending the transaction."""
    async with connection.transaction():
        return await question


async def proof(connection: Connection) -> list[Finding]:
    """That each table is read without a condition; a problem for each that is not."""
    tables = [row[0] for row in await connection.fetch(TABLES)]
    hidden = [finding for table in tables for finding in await hindrances(connection, table)]
    if hidden:
        return hidden
    counts = [await connection.fetchval(f"SELECT count(*) FROM {table}", timeout=PATIENCE) for table in tables]  # noqa: S608 (quoted by PostgreSQL)
    return [ok(f"{SYSTEM} reads {len(tables)} tables without a condition: {sum(counts)} rows.")]


async def hindrances(connection: Connection, table: str) -> list[Finding]:
    """What keeps rows of ``table`` from being seen."""
    try:
        async with connection.transaction():
            explained = await connection.fetchval(f"EXPLAIN (FORMAT JSON) SELECT FROM {table}")
    except asyncpg.InsufficientPrivilegeError:
        return [blind(f"{SYSTEM} may not read {table}")]
    steps = list(plan_steps(json.loads(explained)[0]["Plan"]))
    conditions = sorted({step[name] for step in steps for name in CONDITIONS & step.keys()})
    if not conditions and any("Relation Name" in step for step in steps):
        return []
    return [blind(f"{SYSTEM} sees only rows of {table} where {' and '.join(conditions) or 'nothing'}")]


def plan_steps(step: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A step of a plan and all below it."""
    yield step
    for below in step.get("Plans", ()):
        yield from plan_steps(below)


def blind(why: str) -> Finding:
    """Sums over what is seen would mean nothing."""
    return problem(f"{why}: nothing can be said about its rows.", "Mend what is said about row-level security above.")
