"""Wheel of this checkout, and environments that contain it and its dependencies, but not the checkout."""

import re
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.docs.checkouts import Checkout
from tests.support.checkout import copy_files
from tests.support.settings import SECRET


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
    options = ("--quiet", "--no-index", "--no-deps", "--force-reinstall")
    run(sys.executable, "-m", "pip", "--python", root / ".venv/bin/python", "install", *options, wheel)


def empty_application(root: Path, wheel: Path) -> Checkout:
    """Return an empty directory whose environment has the wheel."""
    run(sys.executable, "-m", "venv", "--without-pip", root / ".venv")
    share_dependencies(root / ".venv")
    install(root, wheel)
    return Checkout(root, {"WORKLINE_SECRET_KEY": SECRET}, is_copy=False)


def share_dependencies(environment: Path) -> None:
    """Add the packages of the environment that runs the tests, and two of their commands.

    Both come from the same locks. Installing them again takes 40 s of CPU time. The checkout itself is not shared,
    because Python ignores .pth files in directories that a .pth file adds. tests/packaging installs only the locked
    packages of production.
    """
    (site,) = (environment / "lib").glob("python3*/site-packages")
    (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    (environment / "bin/ruff").symlink_to(Path(sys.executable).with_name("ruff"))
    pytest = environment / "bin/pytest"
    # -P: like the command pytest, without the working directory in the path of modules
    pytest.write_text('#!/bin/sh\nexec "$(dirname "$0")/python" -P -m pytest "$@"\n')
    pytest.chmod(0o755)
