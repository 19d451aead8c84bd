"""Checks of the capacity for connections and data."""

from dataclasses import replace
from pathlib import Path

import pytest

from graphql_app.doctor import maintenance
from graphql_app.doctor.findings import Severity, Subject
from graphql_app.postgres.addresses import parse_address
from graphql_app.postgres.admin_connections import DriverConnection
from tests.doctor.subjects import messages_of, with_settings
from tests.support.databases import TestDatabase


@pytest.mark.parametrize("wanted", [{"pool_size": 500}, {"processes": 20, "pool_size": 20}, {"pool_overflow": 500}])
async def test_more_connections_than_the_server_allows_are_a_problem(
    subject: Subject, database: TestDatabase, wanted: dict[str, int]
) -> None:
    messages_of(await maintenance.connections(subject), Severity.OK)
    found = messages_of(await maintenance.connections(with_settings(subject, database, **wanted)), Severity.PROBLEM)
    assert "max_connections" in found


async def test_the_connection_limit_of_the_role_applies(subject: Subject, admin: DriverConnection) -> None:
    async with admin.transaction():
        await admin.execute("CREATE ROLE few LOGIN CONNECTION LIMIT 5; SET LOCAL ROLE few")
        assert "5 are allowed" in messages_of(
            await maintenance.connections(replace(subject, app=admin)), Severity.PROBLEM
        )
        await admin.execute("RESET ROLE; DROP ROLE few")


async def test_sessions_of_other_roles_do_not_count_against_the_limit_of_the_role(
    subject: Subject, admin: DriverConnection
) -> None:
    async with admin.transaction():
        needed = subject.settings.processes * (subject.settings.pool_size + subject.settings.pool_overflow)
        await admin.execute(f"CREATE ROLE few LOGIN CONNECTION LIMIT {needed}; SET LOCAL ROLE few")
        messages_of(await maintenance.connections(replace(subject, app=admin)), Severity.OK)
        await admin.execute("RESET ROLE; DROP ROLE few")


async def test_the_connection_limit_of_the_database_applies(
    subject: Subject, admin: DriverConnection, database: TestDatabase
) -> None:
    await admin.execute(f"ALTER DATABASE {database.name} CONNECTION LIMIT 7")
    assert "7 are allowed" in messages_of(await maintenance.connections(subject), Severity.PROBLEM)


async def test_connections_of_other_roles_count_against_the_limit(subject: Subject, database: TestDatabase) -> None:
    allowed = await subject.app.fetchval(
        "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
    )
    found = await maintenance.connections(with_settings(subject, database, pool_size=allowed))
    assert "other roles use" in messages_of(found, Severity.WARNING)


async def test_the_connection_limit_of_the_server_does_not_apply_behind_a_pooler(
    subject: Subject, database: TestDatabase
) -> None:
    pooled = parse_address(f"{database.app_url}&pgbouncer=true")
    beyond = with_settings(replace(subject, address=pooled), database, pool_size=500)
    assert "from the pooler" in messages_of(await maintenance.connections(beyond), Severity.OK)


async def test_a_disk_of_this_machine_is_checked(
    subject: Subject, admin: DriverConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = replace(subject, owner=admin)  # only a privileged role may read the server's data directory
    monkeypatch.setattr(maintenance, "LOW", 0)
    assert "left" in messages_of(await maintenance.database_space(ours), Severity.OK)
    monkeypatch.setattr(maintenance, "LOW", 2**60)
    assert "Free space" in messages_of(await maintenance.database_space(ours), Severity.WARNING)
    monkeypatch.setattr(maintenance, "EMPTY", 2**60)
    assert "Free space" in messages_of(await maintenance.database_space(ours), Severity.PROBLEM)


async def test_a_disk_of_another_machine_is_not_checked(subject: Subject, admin: DriverConnection) -> None:
    for theirs in (subject, replace(subject, owner=admin, address=parse_address("postgres://app@db/workline"))):
        assert "is not on this machine" in messages_of(await maintenance.database_space(theirs), Severity.OK)


async def test_the_embedded_server_s_disk_is_that_of_the_data_directory(
    subject: Subject, database: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintenance, "LOW", 2**60)
    (tmp_path / "postgres").mkdir()
    embedded = with_settings(subject, database, database_url=None, database_owner_url=None, data_dir=tmp_path)
    assert f"{tmp_path}/postgres" in messages_of(await maintenance.database_space(embedded), Severity.WARNING)
    assert f"{tmp_path}" in messages_of(await maintenance.data_space(embedded), Severity.WARNING)


def test_sizes_are_human_readable() -> None:
    sizes = [0, 1023, 1024, 10 * 1024**2, 3 * 1024**3, 2000 * 1024**4]
    assert list(map(maintenance.amount, sizes)) == ["0 bytes", "1023 bytes", "1 kB", "10 MB", "3 GB", "2000 TB"]


async def test_leftover_files_are_reported(
    subject: Subject, database: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = with_settings(subject, database, data_dir=tmp_path)
    left = [tmp_path / "secret-key.4711", tmp_path / "postgres" / "data.unfinished"]
    for path in left:
        path.mkdir(parents=True)
    messages_of(await maintenance.leftovers(mine), Severity.OK)
    monkeypatch.setattr(maintenance, "OLD", -1.0)
    found = messages_of(await maintenance.leftovers(mine), Severity.WARNING)
    assert all(f"rm -r '{path}'" in found for path in left)
