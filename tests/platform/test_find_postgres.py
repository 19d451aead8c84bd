"""Which PostgreSQL `make test-pg15` runs on, shown by pretended ones."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".make" / "find-postgres"
TOOLS = ("cat", "grep", "sh")
PROGRAMS = ("postgres", "initdb", "pg_ctl")

type Find = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine without any PostgreSQL, whose user is not root."""
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (tmp_path / "bin" / tool).symlink_to(found)
    pretend(tmp_path / "bin" / "id", "echo 1000")
    return tmp_path


@pytest.fixture
def find(machine: Path) -> Find:
    """Looks for PostgreSQL 15 on the machine, in its directories `one` and `two`."""

    def run(**environment: str) -> "subprocess.CompletedProcess[str]":
        places = {"PATH": str(machine / "bin"), "POSTGRES_PLACES": f"{machine}/one {machine}/two"}
        command = [str(machine / "bin" / "sh"), str(SCRIPT), "15"]
        return subprocess.run(command, env=places | environment, capture_output=True, text=True, check=False)

    return run


def pretend(place: Path, says: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"#!/bin/sh\n{says}\n")
    place.chmod(0o755)


def pretend_postgres(directory: Path, version: str) -> None:
    for program in PROGRAMS:
        pretend(directory / program, f"echo '{program} (PostgreSQL) {version}'")


@pytest.mark.parametrize("version", ["15.18 (Debian 15.18-0+deb12u1)", "15.2", "15beta1"])
def test_one_of_the_version_is_found(machine: Path, find: Find, version: str) -> None:
    pretend_postgres(machine / "two", version)
    assert find().stdout == f"{machine}/two\n"


@pytest.mark.parametrize("version", ["18.4", "9.15", "150.1"])
def test_one_of_another_version_is_passed_over(machine: Path, find: Find, version: str) -> None:
    pretend_postgres(machine / "one", version)
    assert find().returncode == 1


@pytest.mark.parametrize("program", PROGRAMS)
def test_one_without_all_of_its_programs_is_passed_over(machine: Path, find: Find, program: str) -> None:
    pretend_postgres(machine / "one", "15.1")
    (machine / "one" / program).unlink()
    assert find().returncode == 1


def test_the_one_that_is_named_is_taken(machine: Path, find: Find) -> None:
    pretend_postgres(machine / "one", "15.1")
    pretend_postgres(machine / "mine", "15.1")
    assert find(POSTGRES_BIN=f"{machine}/mine").stdout == f"{machine}/mine\n"
    assert find(POSTGRES_BIN=f"{machine}/nowhere").returncode == 1


def test_a_missing_python_is_reported_with_the_remedy(find: Find) -> None:
    left = find()
    assert (left.returncode, left.stdout) == (1, "")
    assert "apt install postgresql-15" in left.stderr


def test_root_has_it_installed_where_debian_is(machine: Path, find: Find) -> None:
    """The pretended installation makes the programs, as the real one does."""
    pretend(machine / "bin" / "id", "echo 0")
    for tool in ("mkdir", "cp", "chmod", "sed"):
        (machine / "bin" / tool).symlink_to(str(shutil.which(tool)))
    pretend_postgres(machine / "packed", "15.18")
    unpacking = f"mkdir {machine}/one && cp {machine}/packed/* {machine}/one"
    pretend(machine / "bin" / "apt-get", f'echo "apt-get $*"\ncase "$*" in *postgresql-15) {unpacking};; esac')
    left = find()
    assert left.stdout == f"{machine}/one\n"
    assert "install --quiet --quiet --yes --no-install-recommends postgresql-15" in left.stderr
