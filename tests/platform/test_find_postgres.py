"""Selection of the PostgreSQL for `make test-pg15`, with fake installations."""

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
    """Provide a machine without PostgreSQL, whose user is not root."""
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (tmp_path / "bin" / tool).symlink_to(found)
    fake(tmp_path / "bin" / "id", "echo 1000")
    return tmp_path


@pytest.fixture
def find(machine: Path) -> Find:
    """Search PostgreSQL 15 on the machine, in its directories `one` and `two`."""

    def run(**environment: str) -> "subprocess.CompletedProcess[str]":
        places = {"PATH": str(machine / "bin"), "POSTGRES_PLACES": f"{machine}/one {machine}/two"}
        command = [str(machine / "bin" / "sh"), str(SCRIPT), "15"]
        return subprocess.run(command, env=places | environment, capture_output=True, text=True, check=False)

    return run


def fake(place: Path, says: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"#!/bin/sh\n{says}\n")
    place.chmod(0o755)


def fake_postgres(directory: Path, version: str) -> None:
    for program in PROGRAMS:
        fake(directory / program, f"echo '{program} (PostgreSQL) {version}'")


@pytest.mark.parametrize("version", ["15.18 (Debian 15.18-0+deb12u1)", "15.2", "15beta1"])
def test_an_installation_of_the_version_is_found(machine: Path, find: Find, version: str) -> None:
    fake_postgres(machine / "two", version)
    assert find().stdout == f"{machine}/two\n"


@pytest.mark.parametrize("version", ["18.4", "9.15", "150.1"])
def test_an_installation_of_another_version_is_skipped(machine: Path, find: Find, version: str) -> None:
    fake_postgres(machine / "one", version)
    assert find().returncode == 1


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_incomplete_installation_is_skipped(machine: Path, find: Find, program: str) -> None:
    fake_postgres(machine / "one", "15.1")
    (machine / "one" / program).unlink()
    assert find().returncode == 1


def test_the_given_installation_is_used(machine: Path, find: Find) -> None:
    fake_postgres(machine / "one", "15.1")
    fake_postgres(machine / "mine", "15.1")
    assert find(POSTGRES_BIN=f"{machine}/mine").stdout == f"{machine}/mine\n"
    assert find(POSTGRES_BIN=f"{machine}/nowhere").returncode == 1


def test_a_missing_python_is_reported_with_the_remedy(find: Find) -> None:
    left = find()
    assert (left.returncode, left.stdout) == (1, "")
    assert "apt install postgresql-15" in left.stderr


def test_root_installs_it_on_debian(machine: Path, find: Find) -> None:
    """The fake installer creates the programs like the real one."""
    fake(machine / "bin" / "id", "echo 0")
    for tool in ("mkdir", "cp", "chmod", "sed"):
        (machine / "bin" / tool).symlink_to(str(shutil.which(tool)))
    fake_postgres(machine / "packed", "15.18")
    unpacking = f"mkdir {machine}/one && cp {machine}/packed/* {machine}/one"
    fake(machine / "bin" / "apt-get", f'echo "apt-get $*"\ncase "$*" in *postgresql-15) {unpacking};; esac')
    left = find()
    assert left.stdout == f"{machine}/one\n"
    assert "install --quiet --quiet --yes --no-install-recommends postgresql-15" in left.stderr
