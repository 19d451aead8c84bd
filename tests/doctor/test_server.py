"""Checks of the PostgreSQL server."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from graphql_app.doctor import server
from graphql_app.doctor.findings import Severity, Subject
from graphql_app.postgres.addresses import parse_address
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.roles import Server
from tests.doctor.subjects import messages_of, subject_of, with_settings
from tests.support.databases import TestDatabase, administration, copy_of


async def test_the_server_of_the_tests_is_supported(subject: Subject) -> None:
    for check in (server.version, server.clock, server.limits, server.texts, server.addresses):
        messages_of(await check(subject), Severity.OK)


async def test_an_unsupported_version_is_a_problem(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "OLDEST", 1000)
    assert "too old" in messages_of(await server.version(subject), Severity.PROBLEM)


async def test_an_untested_version_is_a_warning(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "NEWEST", 14)
    monkeypatch.setattr(server, "OLDEST", 14)
    assert "newer than this release" in messages_of(await server.version(subject), Severity.WARNING)


@pytest.mark.parametrize(
    ("seconds", "level"), [(0.5, Severity.OK), (-5, Severity.WARNING), (5, Severity.WARNING), (90, Severity.PROBLEM)]
)
async def test_clock_differences_are_reported(
    subject: Subject, monkeypatch: pytest.MonkeyPatch, seconds: float, level: Severity
) -> None:
    monkeypatch.setattr(server, "now", lambda: datetime.now(UTC) + timedelta(seconds=seconds))
    messages_of(await server.clock(subject), level)


async def test_settings_that_risk_data_are_problems(subject: Subject) -> None:
    """The tests' own server is fast and unsafe."""
    found = messages_of(await server.switches(subject), Severity.PROBLEM)
    assert all(name in found for name in ("fsync", "full_page_writes", "autovacuum"))


async def test_a_server_with_the_required_settings_is_fine(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "RISKS", {"track_counts": ""})
    messages_of(await server.switches(subject), Severity.OK)


async def test_sessions_without_limits_behind_a_pooler_are_a_warning(
    subject: Subject, database: TestDatabase, admin: DriverConnection
) -> None:
    pooled = replace(subject, address=parse_address(f"{database.app_url}&pgbouncer=true"))
    assert "ALTER ROLE workline_app SET lock_timeout = '3s';" in messages_of(
        await server.limits(pooled), Severity.WARNING
    )
    for name, time in server.LIMITS.items():
        await subject.app.execute(f"SET {name} = '{time}'")
    messages_of(await server.limits(pooled), Severity.OK)


async def test_an_encoding_other_than_utf8_is_a_problem(postgres: Server) -> None:
    async with administration(postgres) as admin:
        await admin.execute(
            "CREATE DATABASE old_times TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc"
        )
    try:
        addresses = [postgres.address(user, "old_times") for user in ("workline_app", "workline_owner", "postgres")]
        async with subject_of(TestDatabase("old_times", *addresses)) as subject:
            assert "LATIN1" in messages_of(await server.texts(subject), Severity.PROBLEM)
    finally:
        async with administration(postgres) as admin:
            await admin.execute("DROP DATABASE old_times")


async def test_a_changed_collation_is_a_problem(
    subject: Subject, admin: DriverConnection, database: TestDatabase
) -> None:
    await admin.execute("UPDATE pg_database SET datcollversion = 'older' WHERE datname = current_database()")
    assert f"REINDEX DATABASE {database.name}" in messages_of(await server.texts(subject), Severity.PROBLEM)


async def test_an_address_of_another_database_is_a_problem(
    subject: Subject, database: TestDatabase, postgres: Server, template: str
) -> None:
    async with copy_of(postgres, template) as other:
        elsewhere = with_settings(subject, database, database_direct_url=other.app_url)
        assert "DATABASE_DIRECT_URL leads to another" in messages_of(
            await server.addresses(elsewhere), Severity.PROBLEM
        )
    assert "DATABASE_DIRECT_URL leads to no" in messages_of(await server.addresses(elsewhere), Severity.PROBLEM)
