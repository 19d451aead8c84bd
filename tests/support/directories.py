"""Directories of servers."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from graphql_app.postgres.embedded import EmbeddedPostgres
from graphql_app.postgres.errors import EmbeddedError

YOUNG = 60
"""Age in seconds up to which another run may still be preparing its directory."""


@contextmanager
def open_directory(purpose: str) -> Iterator[Path]:
    """Create a directory that any account can enter, since root runs servers as another one. Remove it at the end."""
    directory = Path(tempfile.mkdtemp(prefix=f"workline {purpose} ")).resolve()
    directory.chmod(0o711)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def remove_leftovers(purpose: str) -> None:
    """Stop the servers of killed runs, and remove their directories, except those in use."""
    for directory in Path(tempfile.gettempdir()).glob(f"workline {purpose} *"):
        lock = directory / "postgres" / "users.lock"
        with suppress(EmbeddedError, OSError):
            if time.time() - lock.stat().st_mtime > YOUNG:
                server = EmbeddedPostgres(directory)
                server.start()
                if server.stop():
                    shutil.rmtree(directory)
