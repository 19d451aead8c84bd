"""Command line: output, streams and exit status."""

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from graphql_app.cli import COMMANDS, workline
from graphql_app.cli.seed import is_empty
from tests.support.application import CONFIG, MIGRATIONS
from tests.support.commands import Run, addresses
from tests.support.databases import TestDatabase, connected
from tests.support.forged_tokens import decoded

STRONG = "Zt8pWq3nKx5vLr7mYd2sHf9gJb4cRe6a"
SMALL = ("--tasks", "20", "--organizations", "2")


async def one(database: TestDatabase, question: str) -> object:
    async with database.as_system() as connection:
        return await connection.fetchval(question)


@pytest.fixture(autouse=True)
def on_any_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `serve` take any free port, because another server may listen on the default one."""
    monkeypatch.setenv("WORKLINE_PORT", "0")


def test_help_lists_all_commands_and_exit_statuses(run: Run) -> None:
    left = run("--help")
    assert left.status == 0
    assert all(name in left.out for name in COMMANDS)
    assert "Exit status" in left.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_a_help_text(run: Run, name: str) -> None:
    left = run(name, "--help")
    assert left.status == 0
    context = workline.make_context("workline", [name], resilient_parsing=True)
    command = workline.get_command(context, name)
    assert command is not None
    options = [param for param in command.get_params(context) if param.param_type_name == "option"]
    assert all(getattr(option, "help", None) for option in options)


def test_commands_are_imported_lazily() -> None:
    program = (
        "import sys, graphql_app.cli; print([name for name in sys.modules if name.startswith('graphql_app.cli.')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("arguments", [("serve", "--port", "many"), ("token",), ("fly",), ("seed", "--tasks", "-1")])
def test_wrong_usage_exits_with_2(run: Run, arguments: tuple[str, ...]) -> None:
    left = run(*arguments)
    assert left.status == 2
    assert "Error" in left.err


def test_an_invalid_configuration_exits_with_78_and_reports_all_problems(run: Run) -> None:
    left = run("serve", WORKLINE_ENV="production", WORKLINE_SECRET_KEY="hush", WORKLINE_POOL_SIZE="x")
    assert left.status == 78
    assert all(name in left.err for name in ("DATABASE_URL", "WORKLINE_SECRET_KEY", "WORKLINE_POOL_SIZE"))
    assert "hush" not in left.err
    assert "Traceback" not in left.err


def test_an_invalid_address_exits_with_78(run: Run) -> None:
    assert run("serve", DATABASE_URL="sqlite:///hush.db").status == 78


@pytest.mark.parametrize("command", [("serve",), ("token", "a@b.example")])
def test_an_unreachable_database_exits_with_69(run: Run, command: tuple[str, ...]) -> None:
    left = run(*command, DATABASE_URL="postgres://u:hush@127.0.0.1:1/d")
    assert left.status == 69
    assert "No database answers at u@127.0.0.1:1/d" in left.err
    assert "hush" not in left.err


def test_a_rejected_role_exits_with_78(run: Run, shared_database: TestDatabase) -> None:
    address = shared_database.app_url.replace("workline_app", "stranger")
    left = run("serve", DATABASE_URL=address)
    assert left.status == 78
    assert "refuses the role" in left.err
    assert "Correct the role in its address" in left.err


def test_serving_as_the_owner_exits_with_78(run: Run, shared_database: TestDatabase) -> None:
    left = run("serve", DATABASE_URL=shared_database.owner_url)
    assert left.status == 78
    assert "workline_owner" in left.err


def test_serving_an_unmigrated_database_exits_with_1_and_the_command(run: Run, database: TestDatabase) -> None:
    MIGRATIONS.downgrade(database.owner, "base")
    left = run("serve", **addresses(database))
    assert left.status == 1
    assert "workline migrate" in left.err


@pytest.mark.parametrize("arguments", [(), ("--processes", "2"), ("--wait-for-database",)], ids=str)
def test_serving_a_database_whose_columns_differ_exits_with_1_and_the_column(
    run: Run, database: TestDatabase, arguments: tuple[str, ...]
) -> None:
    asyncio.run(altered(database, "ALTER TABLE workers ALTER COLUMN hourly_rate TYPE numeric(9, 3)"))
    left = run("serve", *arguments, **addresses(database))
    assert left.status == 1
    assert "workers.hourly_rate: the model declares numeric(18,2), and the column is numeric(9,3)" in left.err
    assert "Traceback" not in left.err


async def altered(database: TestDatabase, statement: str) -> None:
    async with connected(database.admin) as connection:
        await connection.execute(statement)


def test_an_occupied_port_is_reported_before_anything_starts(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        left = run("serve", "--port", str(taken.getsockname()[1]))
    assert left.status == 1
    assert "address already in use. Choose another with --port." in left.err
    assert not (tmp_path / ".workline" / "postgres").exists()


def test_migrating_without_the_owners_address_exits_with_78(run: Run, shared_database: TestDatabase) -> None:
    left = run("migrate", DATABASE_URL=shared_database.app_url)
    assert left.status == 78
    assert "DATABASE_OWNER_URL" in left.err


def test_downgrade_and_upgrade(run: Run, database: TestDatabase) -> None:
    assert run("migrate", "--down", "base", **addresses(database)).status == 0
    left = run("migrate")
    assert left.status == 0
    assert f"{len(MIGRATIONS.order)} pending" in left.err
    assert "up to date" in run("migrate").err


def test_migrating_to_an_unknown_revision_exits_with_1(run: Run, database: TestDatabase) -> None:
    left = run("migrate", "--down", "nowhere", **addresses(database))
    assert left.status == 1
    assert "nowhere" in left.err


def test_the_sql_of_the_migrations_goes_to_standard_output(run: Run) -> None:
    assert "CREATE TABLE organizations" in run("migrate", "--sql").out


def test_seeding_twice_adds_nothing_without_add(run: Run, database: TestDatabase) -> None:
    assert is_empty(database.owner, CONFIG)
    assert run("seed", *SMALL, **addresses(database)).status == 0
    assert not is_empty(database.owner, CONFIG)
    left = run("seed", *SMALL)
    assert left.status == 1
    assert "organizations already (2)" in left.err
    assert run("seed", *SMALL, "--add").status == 0
    assert asyncio.run(one(database, "SELECT count(*) FROM organizations")) == 4


def test_production_is_seeded_only_with_force(run: Run, database: TestDatabase) -> None:
    environment = {"WORKLINE_ENV": "production", "WORKLINE_SECRET_KEY": STRONG}
    left = run("seed", *SMALL, **addresses(database), **environment)
    assert left.status == 78
    assert "workline seed --force" in left.err
    assert is_empty(database.owner, CONFIG)
    assert run("seed", *SMALL, "--force").status == 0
    assert not is_empty(database.owner, CONFIG)


def test_the_schema_goes_to_standard_output(run: Run) -> None:
    left = run("schema")
    assert left.status == 0
    assert "type Query" in left.out


def test_a_token_contains_the_viewer_and_is_signed_with_the_configured_key(run: Run, database: TestDatabase) -> None:
    environment = addresses(database) | {"WORKLINE_SECRET_KEY": STRONG}
    assert run("seed", *SMALL, **environment).status == 0
    left = run("token", "Owner@North.example", "--hours", "2")
    assert left.status == 0
    claims = decoded(left.out.strip())[1]
    assert claims["role"] == "OWNER"
    assert claims["exp"] - claims["iat"] == 2 * 3600


def test_a_token_for_an_unknown_address_exits_with_1(run: Run, shared_database: TestDatabase) -> None:
    left = run("token", "unknown@nowhere.example", **addresses(shared_database))
    assert (left.status, left.out) == (1, "")
    assert "unknown@nowhere.example" in left.err


def test_seeding_reports_progress_and_writes_the_requested_sizes(run: Run, database: TestDatabase) -> None:
    left = run("seed", *SMALL, **addresses(database))
    assert left.status == 0
    assert "rows" in left.err
    assert left.out == ""
    assert asyncio.run(one(database, "SELECT count(*) FROM tasks")) == 20
    assert asyncio.run(one(database, "SELECT count(*) FROM organizations")) == 2
