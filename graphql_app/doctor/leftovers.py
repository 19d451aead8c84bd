"""Files in the data directory that a killed process has left behind and no process uses."""

import time
from collections.abc import Iterator
from pathlib import Path

from graphql_app.doctor.findings import Finding, ok, warning
from graphql_app.doctor.subjects import DatabaseCheck, Subject

OLD = 3600.0
"""Seconds. Younger files may still be in use."""
PATTERNS = {
    "secret-key.*": "a secret key that was never put in its place",
    "postgres/data.unfinished": "a database that was never finished",
}
"""Patterns inside the data directory, with descriptions of the files."""


async def leftovers(database: Subject) -> list[Finding]:
    """Check for files that may be removed."""
    found = [warning(f"{path} is {what}.", f"Run: rm -r '{path}'") for path, what in left(database.settings.data_dir)]
    return found or [ok("Nothing in the data directory is left over.")]


def left(directory: Path) -> Iterator[tuple[Path, str]]:
    """Yield the path and the description of each leftover."""
    for pattern, what in PATTERNS.items():
        for path in sorted(directory.glob(pattern)):
            if time.time() - path.stat().st_mtime > OLD:
                yield path, what


CHECKS: dict[str, DatabaseCheck] = {"leftovers": leftovers}
