"""Command line inside the process of the tests."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from graphql_app.cli import main
from tests.support.application import NAMED
from tests.support.databases import TestDatabase


@dataclass
class CommandResult:
    """Exit status and output of a command."""

    status: int
    out: str
    err: str


type Run = Callable[..., CommandResult]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs ``workline`` in an empty directory with these variables, for the demo application."""
    monkeypatch.chdir(tmp_path)
    for name, value in NAMED.items():
        monkeypatch.setenv(name, value)

    def ran(*arguments: str, **environment: str) -> CommandResult:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as caught:
            main(list(arguments))
        said = capsys.readouterr()
        assert isinstance(caught.value.code, int)
        return CommandResult(caught.value.code, said.out, said.err)

    return ran


def addresses(database: TestDatabase) -> dict[str, str]:
    """Return the variables with the addresses of a database."""
    return {"DATABASE_URL": database.app_url, "DATABASE_OWNER_URL": database.owner_url}
