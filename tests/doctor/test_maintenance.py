"""Checks of conditions that slow a database down."""

from datetime import timedelta

import asyncpg
import pytest

from graphql_app.doctor import maintenance
from graphql_app.doctor.findings import Severity, Subject
from graphql_app.postgres.admin_connections import DriverConnection
from tests.doctor.subjects import messages_of
from tests.support.databases import TestDatabase, connected


async def test_an_empty_database_is_fine(subject: Subject) -> None:
    for check in maintenance.MAINTENANCE_CHECKS.values():
        messages_of(await check(subject), Severity.OK)


async def test_a_large_table_without_statistics_is_a_warning(subject: Subject, admin: DriverConnection) -> None:
    await admin.execute("CREATE TABLE big AS SELECT repeat('x', 1000) FROM generate_series(1, 2000)")
    await admin.execute("CREATE TABLE small AS SELECT 1")
    assert "ANALYZE big;" in messages_of(await maintenance.statistics(subject), Severity.WARNING)
    await admin.execute("ANALYZE big; SELECT pg_stat_force_next_flush()")
    await admin.fetch("SELECT 1")
    messages_of(await maintenance.statistics(subject), Severity.OK)


async def test_a_long_transaction_is_a_warning(
    subject: Subject, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(database.app) as idler, idler.transaction():
        pid = await idler.fetchval("SELECT pg_backend_pid()")
        messages_of(await maintenance.transactions(subject), Severity.OK)
        monkeypatch.setattr(maintenance, "LONG", timedelta())
        found = messages_of(await maintenance.transactions(subject), Severity.WARNING)
    assert f"pg_terminate_backend({pid})" in found
    assert "idle in transaction" in found


async def test_sessions_that_cannot_be_inspected_are_counted(subject: Subject, admin: DriverConnection) -> None:
    assert "cannot be inspected" in messages_of(await maintenance.transactions(subject), Severity.OK)


@pytest.mark.parametrize(("kind", "level"), [("UNIQUE", Severity.PROBLEM), ("", Severity.WARNING)])
async def test_an_invalid_index_is_reported_until_it_is_rebuilt(
    subject: Subject, admin: DriverConnection, kind: str, level: Severity
) -> None:
    await admin.execute("CREATE TABLE numbers AS SELECT 1 AS number UNION ALL SELECT 1")
    expression = "(number)" if kind else "((1 / (number - 1)))"
    with pytest.raises(asyncpg.PostgresError):
        await admin.execute(f"CREATE {kind} INDEX CONCURRENTLY half ON numbers {expression}")
    assert "REINDEX INDEX CONCURRENTLY half" in messages_of(await maintenance.indexes(subject), level)
    await admin.execute(
        "UPDATE numbers SET number = 2 WHERE ctid = '(0,1)'; UPDATE numbers SET number = 3 WHERE number = 1"
    )
    await admin.execute("REINDEX INDEX CONCURRENTLY half")
    messages_of(await maintenance.indexes(subject), Severity.OK)


async def test_an_unvalidated_constraint_is_a_warning(subject: Subject, admin: DriverConnection) -> None:
    await admin.execute("ALTER TABLE tasks ADD CONSTRAINT later CHECK (title <> 'never') NOT VALID")
    found = await maintenance.constraints(subject)
    assert "VALIDATE CONSTRAINT later" in messages_of(found, Severity.WARNING)
    await admin.execute((found[0].remedy or "").partition(": ")[2])
    messages_of(await maintenance.constraints(subject), Severity.OK)
