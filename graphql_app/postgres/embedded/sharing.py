"""Shared use of one embedded server by several processes, the last of which stops it.

Two lock files coordinate them: ``control`` is held exclusively while a process starts or stops the server, ``users`` is
shared by all processes that use it. The system releases locks at the end of a process, however it ends, so a killed
process leaves none behind.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Sharing:
    """Participation of this process in the use of the server whose home is ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._control = directory / "control.lock"
        self._users = directory / "users.lock"
        self._held: int | None = None

    @property
    def joined(self) -> bool:
        """True if this process is one of the users."""
        return self._held is not None

    @contextmanager
    def control(self) -> Iterator[None]:
        """Hold the exclusive right to start and stop the server. Waits for another process that holds it."""
        descriptor = opened(self._control)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def join(self) -> None:
        """Join the users. Call it under ``control``."""
        if self._held is None:
            self._held = opened(self._users)
            fcntl.flock(self._held, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """Leave the users. Call it under ``control``. Return True if no user is left."""
        if self._held is None:
            return False
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            return True
        finally:
            os.close(self._held)
            self._held = None


def opened(path: Path) -> int:
    """Return a descriptor that child processes do not inherit."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
