"""Visibility of all rows, and its proof.

A query over the whole database is worthless if row-level security hides rows, because the sum of no rows is zero. So
EXPLAIN must first show that each table is read without a condition.
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
"""Time limit of a query over all rows of a table, in seconds."""
CONDITIONS = {"Filter", "One-Time Filter", "Index Cond", "Recheck Cond", "TID Cond"}
"""Conditions by their names in a plan."""
TABLES = """
    SELECT quote_ident(relname) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> 'alembic_version' ORDER BY 1"""


@asynccontextmanager
async def as_system(owner: Connection) -> AsyncIterator[Connection]:
    """Yield the connection as the role that sees every row, in one read-only snapshot.

    The search path is fixed, so that no name is shadowed.
    """
    async with owner.transaction(isolation="repeatable_read", readonly=True):
        await owner.execute(f"SET LOCAL ROLE {SYSTEM}")
        await owner.execute("SET LOCAL search_path = public, pg_temp; SET LOCAL lock_timeout = '3s'")
        yield owner


async def apart(connection: Connection, question: Awaitable[list[Finding]]) -> list[Finding]:
    """Return the findings of ``question``, awaited in a savepoint, so that its failure does not end the transaction."""
    async with connection.transaction():
        return await question


async def proof(connection: Connection) -> list[Finding]:
    """Check that each table is read without a condition. Return a problem for each table that is not."""
    tables = [row[0] for row in await connection.fetch(TABLES)]
    hidden = [finding for table in tables for finding in await hindrances(connection, table)]
    if hidden:
        return hidden
    counts = [await connection.fetchval(f"SELECT count(*) FROM {table}", timeout=PATIENCE) for table in tables]  # noqa: S608 (quoted by PostgreSQL)
    return [ok(f"{SYSTEM} reads {len(tables)} tables without a condition: {sum(counts)} rows.")]


async def hindrances(connection: Connection, table: str) -> list[Finding]:
    """Return the problems that hide rows of ``table``."""
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
    """Yield a step of a plan and all steps below it."""
    yield step
    for below in step.get("Plans", ()):
        yield from plan_steps(below)


def blind(why: str) -> Finding:
    """Return the problem that rows are hidden, so that sums over them are meaningless."""
    return problem(f"{why}: nothing can be said about its rows.", "Mend what is said about row-level security above.")
