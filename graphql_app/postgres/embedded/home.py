"""Places of an embedded server: data, socket, log and locks."""

import hashlib
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from graphql_app.postgres.embedded.account import Account, server_account
from graphql_app.postgres.errors import EmbeddedError

LONGEST_SOCKET = 100
"""Bytes. Systems allow 103 or 107 for the whole path of a socket."""
SOCKET_NAME = ".s.PGSQL.5432"
ELSEWHERE = Path("/var/lib/workline")
"""Parent of files that root makes accessible to the server's account."""


@dataclass(frozen=True, slots=True)
class Home:
    """Directory of one embedded server, and the account that runs it."""

    directory: Path
    account: Account

    @property
    def data(self) -> Path:
        """Data directory of PostgreSQL."""
        return self.directory / "data"

    @property
    def log(self) -> Path:
        """Log file of the server."""
        return self.directory / "server.log"

    @property
    def sockets(self) -> Path:
        """Directory of the server's socket: inside ``directory``, or a temporary one.

        A temporary directory is used if the path is too long, or contains a character that the configuration cannot
        express.
        """
        inside = self.directory / "run"
        if len(os.fsencode(inside / SOCKET_NAME)) <= LONGEST_SOCKET and not set(str(inside)) & set(',"\n'):
            return inside
        digest = hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:16]
        return Path(tempfile.gettempdir()).resolve() / f"workline-{os.geteuid()}-{digest}"

    def prepare(self) -> None:
        """Create the socket directory for the server's account. Raises EmbeddedError if it belongs to another user."""
        # the directory for temporary files is writable for all: an existing entry may be an attack
        if self.sockets.is_symlink() or (
            self.sockets.exists() and self.sockets.stat().st_uid not in {self.account.uid, os.geteuid()}
        ):
            raise EmbeddedError(f"{self.sockets} is not ours. Remove it, or set WORKLINE_DATA_DIR to a shorter path.")
        self.account.take(self.sockets, 0o755)

    def tidy(self) -> None:
        """Remove the socket directory if it is a temporary one."""
        if self.sockets.parent != self.directory:
            with suppress(OSError):
                self.sockets.rmdir()


def find_home(data_dir: Path) -> Home:
    """Return the server's home in ``data_dir``, created if necessary.

    If root starts the server from a directory that no other account may enter (such as ``/root``), the home is created
    in ``/var/lib/workline``, or in the temporary directory if ``data_dir`` is there, and ``data_dir`` links to it.
    Raises EmbeddedError if no home can be created.
    """
    place = data_dir.resolve() / "postgres"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        account = server_account(place / "data")
        if not place.exists() and not account.reaches(place / "data"):
            place.symlink_to(elsewhere(data_dir))
        place = place.resolve()
        if not place.exists():
            place.mkdir()
            if account.borrowed:
                place.chmod(0o755)
        return Home(place, account)
    except OSError as error:
        raise EmbeddedError(f"No place for the embedded database: {error.strerror} ({error.filename}).") from error


def elsewhere(data_dir: Path) -> Path:
    """Create a directory that every account can enter, a temporary one if ``data_dir`` is temporary."""
    temporary = Path(tempfile.gettempdir()).resolve()
    parent = temporary if data_dir.resolve().is_relative_to(temporary) else enterable(ELSEWHERE)
    place = Path(tempfile.mkdtemp(prefix="workline-postgres-", dir=parent))
    place.chmod(0o755)
    return place


def enterable(directory: Path) -> Path:
    """Return ``directory``, created if missing, so that every account can enter it regardless of the umask."""
    if not directory.exists():
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o755)
    return directory
