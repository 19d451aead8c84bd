"""Several processes use one embedded server; the last one stops it.

Two lock files tell: ``control`` is held while somebody starts or stops the server, ``users`` is shared by everybody who
uses it. The system drops locks when a process ends, however it ends, so nothing is left behind by one that was killed.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Sharing:
    """This process's part in the use of the server whose home is ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._control = directory / "control.lock"
        self._users = directory / "users.lock"
        self._held: int | None = None

    @property
    def joined(self) -> bool:
        """Whether this process is one of the users."""
        return self._held is not None

    @contextmanager
    def control(self) -> Iterator[None]:
        """Alone in starting and stopping; waits for whoever is at it."""
        descriptor = opened(self._control)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def join(self) -> None:
        """Be one of the users. To be called under ``control``."""
        if self._held is None:
            self._held = opened(self._users)
            fcntl.flock(self._held, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """Be none any more. To be called under ``control``; true if nobody else is left."""
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
    """A descriptor that children do not inherit."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
