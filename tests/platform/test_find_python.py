"""Selection of the Python for `.venv`, with fake installations."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".make" / "find-python"
SUITABLE = """#!/bin/sh
case "$2" in *sys.executable*) echo "$0";; esac
"""
"""Passes every check, and prints its path on request."""
UNSUITABLE = "#!/bin/sh\nexit 1\n"
"""Too old, or not runnable, like the shims of pyenv for versions that are not selected."""
TOOLS = ("cat", "grep", "ls", "sh", "sort")

type Find = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Provide a machine without Python: `bin` is its path, `home` the user's home."""
    (tmp_path / "home").mkdir()
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (tmp_path / "bin" / tool).symlink_to(found)
    return tmp_path


@pytest.fixture
def find(machine: Path) -> Find:
    """Run the script on the machine."""

    def run(**environment: str) -> "subprocess.CompletedProcess[str]":
        given = {"PATH": str(machine / "bin"), "HOME": str(machine / "home"), **environment}
        return subprocess.run([machine / "bin" / "sh", SCRIPT], env=given, capture_output=True, text=True, check=False)

    return run


def fake(place: Path, program: str = SUITABLE) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(program)
    place.chmod(0o755)
    return place


def test_the_newest_on_the_path_is_used(machine: Path, find: Find) -> None:
    for name in ("python3", "python3.12", "python3.13"):
        fake(machine / "bin" / name)
    assert find().stdout == f"{machine}/bin/python3.13\n"


def test_one_that_does_not_run_is_skipped(machine: Path, find: Find) -> None:
    fake(machine / "bin" / "python3.14", UNSUITABLE)
    fake(machine / "bin" / "python3.12")
    assert find().stdout == f"{machine}/bin/python3.12\n"


def test_python3_is_used_if_it_is_new_enough(machine: Path, find: Find) -> None:
    fake(machine / "bin" / "python3")
    assert find().stdout == f"{machine}/bin/python3\n"


def test_the_newest_working_python_of_pyenv_is_used_without_one_on_the_path(machine: Path, find: Find) -> None:
    fake(machine / "bin" / "python3", UNSUITABLE)
    versions = machine / "home" / ".pyenv" / "versions"
    for version, program in {
        "3.9.18": UNSUITABLE,
        "3.12.9": SUITABLE,
        "3.12.10": SUITABLE,
        "3.13.1": UNSUITABLE,
        "pypy3.10": SUITABLE,
    }.items():
        fake(versions / version / "bin" / "python", program)
    assert find().stdout == f"{versions}/3.12.10/bin/python\n"


def test_pyenv_may_be_in_another_directory_with_spaces(machine: Path, find: Find) -> None:
    place = fake(machine / "py env" / "versions" / "3.13.0" / "bin" / "python")
    assert find(PYENV_ROOT=str(machine / "py env")).stdout == f"{place}\n"


def test_the_given_python_is_preferred(machine: Path, find: Find) -> None:
    fake(machine / "bin" / "python3.14")
    chosen = fake(machine / "my own" / "python")
    assert find(PYTHON=str(chosen)).stdout == f"{chosen}\n"


def test_an_unsuitable_given_python_is_refused_without_a_fallback(machine: Path, find: Find) -> None:
    fake(machine / "bin" / "python3.14")
    done = find(PYTHON=str(fake(machine / "old", UNSUITABLE)))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"PYTHON={machine}/old" in done.stderr


def test_a_missing_server_is_reported_with_the_packages_to_install(find: Find) -> None:
    done = find()
    assert (done.returncode, done.stdout) == (1, "")
    assert all(
        words in done.stderr for words in ("3.12", "apt install python3 python3-venv", "brew install", "PYTHON=")
    )


def test_the_python_of_this_run_passes_the_real_checks(find: Find) -> None:
    done = find(**os.environ | {"PYTHON": sys.executable})
    assert done.stdout == f"{sys.executable}\n", done.stderr
