"""Fresh copies of the checkout, in which tests follow the steps of a page."""

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from tests.docs.tutorial_steps import Step
from tests.support.checkout import copy_files

OF_MAKE = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "ARGS"}
"""Environment variables by which one make passes its arguments to another."""


@dataclass(frozen=True)
class Checkout:
    """Copy of the files in the working directory, with the ``.venv`` that runs the tests."""

    root: Path
    settings: dict[str, str]
    """Additional environment variables of every command."""
    is_copy: bool = True
    """True if its modules take precedence over installed ones of the same names."""

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of commands: modules of the copy come before installed ones."""
        # variables of the make that runs the tests, such as ARGS, do not apply to the make that a test runs
        inherited = {name: value for name, value in os.environ.items() if name not in OF_MAKE}
        own = {"PYTHONPATH": str(self.root)} if self.is_copy else {}
        return {**inherited, **own, **self.settings}

    def apply(self, step: Step) -> None:
        """Write the file, change it, or run the commands."""
        if step.kind == "sh":
            self.run(step.text)
        elif step.kind == "diff":
            file = self.file(step)
            file.write_text(changed(file.read_text(), step.text))
        elif step.path is not None:
            file = self.root / step.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(step.text)

    def run(self, commands: str) -> str:
        """Run shell commands, stop at the first that fails, and return their output."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def with_settings(self, **settings: str) -> "Checkout":
        """Return the same files with additional environment variables for commands."""
        return replace(self, settings=self.settings | settings)

    def file(self, step: Step) -> Path:
        """Return the one file that a step applies to."""
        (file,) = self.root.glob(step.path or "")
        return file


def copy_checkout(root: Path, **settings: str) -> Checkout:
    """Copy the checkout to ``root``."""
    copy_files(root)
    (root / ".venv").symlink_to(sys.prefix)
    return Checkout(root, settings)


def changed(text: str, diff: str) -> str:
    """Return ``text`` with the hunks of ``diff`` applied. ``@@`` separates hunks, their content locates them."""
    for hunk in diff.split("@@\n"):
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if not line.startswith("+"))
        after = "".join(line[1:] for line in lines if not line.startswith("-"))
        assert text.count(before) == 1, f"found {text.count(before)} times:\n{before}"
        text = text.replace(before, after)
    return text
