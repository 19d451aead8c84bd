"""Steps of docs/operations.md on a new PostgreSQL server."""

import asyncio
import os
import re
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from graphql_app.postgres.addresses import parse_address
from graphql_app.postgres.admin_connections import connect
from graphql_app.postgres.embedded import EmbeddedPostgres
from graphql_app.postgres.embedded.postmaster import INSIDE, WHEEL
from graphql_app.settings.loading import variables
from tests.docs.code_blocks import ROOT, block
from tests.seed.seeded import counts
from tests.support.commands import Run, addresses
from tests.support.databases import TestDatabase
from tests.support.directories import open_directory

pytestmark = pytest.mark.embedded

PAGE = "docs/operations.md"
SEED, DUMP, RESTORE = (block(PAGE, "sh", index) for index in (3, 4, 5))


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    """Provide a server in the state in which a provider delivers it."""
    with open_directory("operations") as directory, EmbeddedPostgres(directory) as server:
        yield server


async def execute(server: EmbeddedPostgres, database: str, statements: str) -> None:
    """Execute statements like psql, as the administrator: each in a separate transaction."""
    connection = await connect(parse_address(server.address(database=database)))
    for statement in filter(None, statements.split(";\n")):
        await connection.execute(statement)
    await connection.close()


def on(server: EmbeddedPostgres, name: str) -> TestDatabase:
    """Return a database of the server with the addresses of the page's roles."""
    return TestDatabase(name, *(server.address(user, name) for user in ("workline_app", "workline_owner", "postgres")))


def shell(server: EmbeddedPostgres, directory: Path, commands: str, user: str = "postgres") -> str | None:
    """Run shell commands and return the error output of PostgreSQL's programs."""
    spec = find_spec(WHEEL)
    assert spec is not None
    assert spec.origin is not None
    programs = Path(spec.origin).parents[1] / INSIDE / "bin"
    variables = {"PATH": f"{programs}:{os.environ['PATH']}", "PGHOST": str(server.home.sockets), "PGUSER": user}
    done = subprocess.run(["sh", "-eu", "-c", commands], cwd=directory, env=variables, capture_output=True, text=True)
    return done.stderr if done.returncode else None


@pytest.mark.slow
def test_the_page_makes_a_healthy_database_and_another_one_from_its_dump(
    server: EmbeddedPostgres, run: Run, tmp_path: Path
) -> None:
    asyncio.run(execute(server, "postgres", block(PAGE, "sql", 0)))
    asyncio.run(execute(server, "workline", block(PAGE, "sql", 1)))
    made, restored = on(server, "workline"), on(server, "workline_restored")
    assert run("migrate", **addresses(made)).status == 0
    _, *seed = SEED.replace("1000000", "40").split()
    assert run(*seed, **addresses(made)).status == 0
    asyncio.run(execute(server, "workline", block(PAGE, "sql", 2)))
    assert "no problems" in run("doctor", "--strict", **addresses(made)).out

    assert "row-level security" in (shell(server, tmp_path, DUMP, "workline_owner") or "")
    assert shell(server, tmp_path, DUMP) is None
    assert shell(server, tmp_path, RESTORE) is None
    assert "no problems" in run("doctor", "--strict", **addresses(restored)).out
    assert asyncio.run(counts(restored)) == asyncio.run(counts(made))


def test_every_setting_on_the_page_exists() -> None:
    named = set(re.findall(r"\b(?:WORKLINE|DATABASE)_[A-Z_]+\b", (ROOT / PAGE).read_text()))
    assert named
    assert named <= set(variables())
