"""Migrations with the class of the command line."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from graphql_app.postgres import migrations
from graphql_app.postgres.admin_connections import connect
from graphql_app.postgres.errors import PostgresError
from graphql_app.postgres.migrations import ENGINE, Migrations
from tests.support.application import MIGRATIONS
from tests.support.checkout import ROOT
from tests.support.databases import TestDatabase

pytestmark = pytest.mark.slow

REVISION = """
revision = "{revision}"
down_revision = {down}
branch_labels = None
depends_on = {depends}
"""


async def revisions_of(database: TestDatabase) -> frozenset[str]:
    connection = await connect(database.app)
    try:
        return await migrations.current(connection)
    finally:
        await connection.close()


@pytest.fixture
def clinic(tmp_path: Path) -> Migrations:
    """Create two revisions of an application: one older than the engine's, and one that depends on it."""
    engine = Migrations(tmp_path)
    (head,) = engine.heads
    (tmp_path / "1.py").write_text(REVISION.format(revision="aaa", down=None, depends=None))
    (tmp_path / "2.py").write_text(REVISION.format(revision="bbb", down='"aaa"', depends=f'"{head}"'))
    return Migrations(tmp_path)


async def test_a_migrated_database_is_at_the_heads(database: TestDatabase) -> None:
    assert await revisions_of(database) == MIGRATIONS.heads


async def test_a_downgrade_to_base_can_be_upgraded_again(database: TestDatabase) -> None:
    await asyncio.to_thread(MIGRATIONS.downgrade, database.owner, "base")
    assert await revisions_of(database) == set()
    await asyncio.to_thread(MIGRATIONS.upgrade, database.owner)
    assert await revisions_of(database) == MIGRATIONS.heads


def test_pending_migrations_are_listed_in_the_order_in_which_they_run() -> None:
    every = MIGRATIONS.pending([])
    assert every == MIGRATIONS.order
    assert MIGRATIONS.pending([every[0]]) == every[1:]
    assert MIGRATIONS.pending(MIGRATIONS.heads) == []


def test_revisions_that_do_not_depend_on_the_engine_run_before_those_of_the_engine(clinic: Migrations) -> None:
    engine = Migrations(clinic.application / "none").order
    assert clinic.order == ["aaa", *engine, "bbb"]
    assert clinic.heads == {"bbb"}


def test_a_newer_engine_has_pending_migrations_in_an_application_that_is_up_to_date(clinic: Migrations) -> None:
    (head,) = Migrations(clinic.application / "none").heads
    (clinic.application / "engine.py").write_text(REVISION.format(revision="ccc", down=f'"{head}"', depends=None))
    newer = Migrations(clinic.application)
    assert newer.heads == {"bbb", "ccc"}
    assert newer.pending(["bbb"]) == ["ccc"]
    assert newer.pending(["bbb", "ccc"]) == []


def test_a_database_of_a_newer_release_has_no_pending_migrations() -> None:
    assert MIGRATIONS.pending(["ffffffffffff"]) == []
    assert MIGRATIONS.unknown([*MIGRATIONS.heads, "ffffffffffff"]) == ["ffffffffffff"]


def test_a_branch_is_pending_even_if_a_newer_release_has_migrated_the_other_one(clinic: Migrations) -> None:
    assert clinic.pending(["ffffffffffff", "aaa"]) == ["bbb"]


def test_an_unknown_reference_is_an_error_with_file_and_reference(clinic: Migrations) -> None:
    (clinic.application / "3.py").write_text(REVISION.format(revision="ddd", down='"eee"', depends=None))
    with pytest.raises(PostgresError, match=r"3\.py refers to eee"):
        _ = Migrations(clinic.application).heads


def test_an_unknown_revision_is_an_error_that_names_it(shared_database: TestDatabase) -> None:
    with pytest.raises(PostgresError, match="ffffffffffff"):
        MIGRATIONS.upgrade(shared_database.owner, "ffffffffffff")


async def test_a_migration_that_exceeds_its_lock_timeout_changes_nothing(database: TestDatabase) -> None:
    await asyncio.to_thread(MIGRATIONS.downgrade, database.owner, "app@-1")
    before = await revisions_of(database)
    blocker = await connect(database.owner)
    await blocker.execute("BEGIN; LOCK TABLE alembic_version IN SHARE MODE")
    with pytest.raises(PostgresError, match="lock timeout"):
        await asyncio.to_thread(MIGRATIONS.upgrade, database.owner)
    await blocker.close()
    assert await revisions_of(database) == before


def test_the_sql_of_all_migrations_creates_the_tables_before_they_are_adopted() -> None:
    printed = MIGRATIONS.script()
    own, adopted = printed.split("IF to_regclass('public.organizations') IS NULL THEN")
    assert own.count("CREATE TABLE organizations") == adopted.count("CREATE TABLE organizations") == 1
    assert printed.count("CREATE TABLE alembic_version") == 1


def test_heads_are_those_of_alembic() -> None:
    assert MIGRATIONS.scripts().get_heads()
    assert set(MIGRATIONS.order) == {script.revision for script in MIGRATIONS.scripts().walk_revisions()}


def test_branches_have_the_labels_workline_and_app() -> None:
    labels = {Path(script.path).parent: script.branch_labels for script in MIGRATIONS.scripts().walk_revisions()}
    assert labels == {ENGINE: {"workline"}, MIGRATIONS.application: {"app"}}


def test_the_check_of_a_migrated_database_does_not_import_alembic() -> None:
    checked = (
        "import sys, graphql_app.asgi, graphql_app.cli.serve; from tests.support.application import MIGRATIONS; "
        "assert MIGRATIONS.pending(MIGRATIONS.order[:1]); print('alembic' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", checked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_a_new_revision_of_an_application_depends_on_the_engine(tmp_path: Path) -> None:
    made = Migrations(tmp_path)
    (first,) = made.create("patients")
    again = Migrations(tmp_path)
    assert again.order[-1] == (first_id := next(iter(again.heads)))
    assert again.parents[first_id] == made.heads
    assert first.parent == tmp_path
    assert 'branch_labels = ("app",)' in first.read_text().replace("'", '"')
    (second,) = again.create("doctors")
    assert Migrations(tmp_path).parents[next(iter(Migrations(tmp_path).heads))] == {first_id}
    assert "branch_labels = None" in second.read_text()
