"""Files in the data directory that a process which was killed has left behind, and that nobody uses any more."""

import time
from collections.abc import Iterator
from pathlib import Path

from graphql_app.doctor.findings import Finding, ok, warning
from graphql_app.doctor.subjects import DatabaseCheck, Subject

OLD = 3600.0
"""Seconds: what is younger may be in the making."""
PATTERNS = {
    "secret-key.*": "a secret key that was never put in its place",
    "postgres/data.unfinished": "a database that was never finished",
}
"""Inside the data directory, and what they are."""


async def leftovers(database: Subject) -> list[Finding]:
    """What may be removed."""
    found = [warning(f"{path} is {what}.", f"Run: rm -r '{path}'") for path, what in left(database.settings.data_dir)]
    return found or [ok("Nothing in the data directory is left over.")]


def left(directory: Path) -> Iterator[tuple[Path, str]]:
    """Each leftover, and what it is."""
    for pattern, what in PATTERNS.items():
        for path in sorted(directory.glob(pattern)):
            if time.time() - path.stat().st_mtime > OLD:
                yield path, what


CHECKS: dict[str, DatabaseCheck] = {"leftovers": leftovers}
