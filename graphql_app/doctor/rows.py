"""Checks of rows over a connection that reads every row.

A query over the whole database proves nothing if row-level security hides rows, because the sum of no rows is zero. So
EXPLAIN must first show that each table is read without a condition.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from graphql_app.doctor.findings import Finding, Severity, ok, problem
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.roles import SYSTEM

__all__ = ["RowCheck"]

type PlanStep = dict[str, Any]
"""Node of a plan, from the JSON of EXPLAIN."""
PATIENCE = 3600.0
"""Time limit of a query over all rows of a table, in seconds."""
CONDITIONS = {"Filter", "One-Time Filter", "Index Cond", "Recheck Cond", "TID Cond"}
"""Conditions by their names in a plan."""
TABLES = """
    SELECT quote_ident(relname) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
        AND relname <> 'alembic_version' ORDER BY 1"""
SHOWN = 3
"""Number of rows that a finding lists as examples."""
KEYS = """
    SELECT conname AS name, quote_ident(child.relname) AS child, quote_ident(parent.relname) AS parent,
           (SELECT array_agg(quote_ident(attname) ORDER BY place)
            FROM unnest(conkey) WITH ORDINALITY AS key(number, place)
            JOIN pg_attribute ON attrelid = conrelid AND attnum = key.number) AS columns,
           (SELECT array_agg(quote_ident(attname) ORDER BY place)
            FROM unnest(confkey) WITH ORDINALITY AS key(number, place)
            JOIN pg_attribute ON attrelid = confrelid AND attnum = key.number) AS referred
    FROM pg_constraint
    JOIN pg_class AS child ON child.oid = conrelid JOIN pg_class AS parent ON parent.oid = confrelid
    WHERE contype = 'f' AND conparentid = 0 AND connamespace = 'public'::regnamespace ORDER BY 1"""


@asynccontextmanager
async def as_system(owner: DriverConnection) -> AsyncIterator[DriverConnection]:
    """Yield the connection as the role that sees every row, in one read-only snapshot.

    The search path is fixed, so that no name is shadowed.
    """
    async with owner.transaction(isolation="repeatable_read", readonly=True):
        await owner.execute(f"SET LOCAL ROLE {SYSTEM}")
        await owner.execute("SET LOCAL search_path = public, pg_temp; SET LOCAL lock_timeout = '3s'")
        yield owner


async def apart(connection: DriverConnection, question: Awaitable[list[Finding]]) -> list[Finding]:
    """Return the findings of ``question``, awaited in a savepoint, so that its failure does not end the transaction."""
    async with connection.transaction():
        return await question


async def proof(connection: DriverConnection) -> list[Finding]:
    """Check that each table is read without a condition. Return a problem for each other table."""
    tables = [row[0] for row in await connection.fetch(TABLES)]
    hidden = [finding for table in tables for finding in await hindrances(connection, table)]
    if hidden:
        return hidden
    counts = [await connection.fetchval(f"SELECT count(*) FROM {table}", timeout=PATIENCE) for table in tables]  # noqa: S608 (quoted by PostgreSQL)
    return [ok(f"{SYSTEM} reads {len(tables)} tables without a condition: {sum(counts)} rows.")]


async def hindrances(connection: DriverConnection, table: str) -> list[Finding]:
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
    return [blind(f"{SYSTEM} reads only rows of {table} where {' and '.join(conditions) or 'nothing'}")]


def plan_steps(step: PlanStep) -> Iterator[PlanStep]:
    """Yield a step of a plan and all steps below it."""
    yield step
    for below in step.get("Plans", ()):
        yield from plan_steps(below)


def blind(why: str) -> Finding:
    """Return the problem that rows are hidden, so that sums over them are meaningless."""
    return problem(f"{why}, so its rows cannot be checked.", "Resolve the problems of row-level security above.")


@dataclass(frozen=True, slots=True)
class RowCheck:
    """Rule about rows, with a query for the rows that violate it.

    ``sound`` is the message if the query finds nothing. ``unsound`` follows the number of rows it finds, and ``remedy``
    is the remedy for them. The query's columns are printed with their names, so they must identify the row. With
    ``level`` OK, the finding is only informational.
    """

    name: str
    query: str
    sound: str
    unsound: str
    remedy: str | None
    level: Severity = Severity.PROBLEM

    async def look(self, connection: DriverConnection) -> list[Finding]:
        """Run the query over a connection that sees every row."""
        counted = f"SELECT count(*) OVER () AS how_many, broken.* FROM ({self.query}) AS broken LIMIT {SHOWN}"  # noqa: S608
        rows = await connection.fetch(counted, timeout=PATIENCE)
        if not rows:
            return [ok(f"{self.sound}.")]
        examples = "; ".join(" ".join(f"{key} {value}" for key, value in list(row.items())[1:]) for row in rows)
        more = "; ..." if rows[0]["how_many"] > len(rows) else ""
        return [Finding(self.level, f"{rows[0]['how_many']} {self.unsound}: {examples}{more}.", self.remedy)]


async def orphans(connection: DriverConnection) -> list[Finding]:
    """Check for rows that refer to missing rows.

    A restore without triggers or a crash can leave such rows: PostgreSQL checks a foreign key only when a row is
    written.
    """
    keys = await connection.fetch(KEYS)
    found = [finding for key in keys for finding in await orphan_check(**dict(key)).look(connection)]
    return [finding for finding in found if finding.level is not Severity.OK] or [
        ok(f"All {len(keys)} foreign keys refer to existing rows.")
    ]


def orphan_check(name: str, child: str, parent: str, columns: Sequence[str], referred: Sequence[str]) -> RowCheck:
    """Return the rule of one foreign key."""
    given = " AND ".join(f"child.{column} IS NOT NULL" for column in columns)
    same = " AND ".join(f"parent.{there} = child.{here}" for here, there in zip(columns, referred, strict=True))
    query = f"""
        SELECT {", ".join(f"child.{column}" for column in columns)} FROM {child} AS child
        WHERE {given} AND NOT EXISTS (SELECT FROM {parent} AS parent WHERE {same})"""  # noqa: S608 (quoted names)
    remedy = f"Restore the missing rows from a backup, or have an administrator delete the rows that violate {name}."
    return RowCheck(name, query, f"{name} holds", f"rows of {child} refer to missing rows of {parent}", remedy)
