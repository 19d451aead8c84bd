"""Directories for servers."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def open_directory(purpose: str) -> Iterator[Path]:
    """A new directory that any account can enter (started by root, a server runs as another); removed at the end."""
    directory = Path(tempfile.mkdtemp(prefix=f"workline {purpose} ")).resolve()
    directory.chmod(0o711)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
