"""Where an embedded server lives: its data, its socket, its log and its locks."""

import hashlib
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from graphql_app.postgres.embedded.account import Account, server_account
from graphql_app.postgres.errors import EmbeddedError

LONGEST_SOCKET = 100
"""Bytes; systems allow 103 or 107 for the whole path of a socket."""
SOCKET_NAME = ".s.PGSQL.5432"
ELSEWHERE = Path("/var/lib/workline")
"""Where root puts what the server's account must reach."""


@dataclass(frozen=True, slots=True)
class Home:
    """The directory of one embedded server and the account that runs it."""

    directory: Path
    account: Account

    @property
    def data(self) -> Path:
        """PostgreSQL's own directory."""
        return self.directory / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.directory / "server.log"

    @property
    def sockets(self) -> Path:
        """The directory of the server's socket: inside, unless that makes a path too long or too odd to write down."""
        inside = self.directory / "run"
        if len(os.fsencode(inside / SOCKET_NAME)) <= LONGEST_SOCKET and not set(str(inside)) & set(',"\n'):
            return inside
        digest = hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:16]
        return Path(tempfile.gettempdir()).resolve() / f"workline-{os.geteuid()}-{digest}"

    def prepare(self) -> None:
        """Make the directory that the server's account puts its socket into."""
        # the directory for temporary files is everybody's: what is there already may be somebody's trap
        if self.sockets.is_symlink() or (
            self.sockets.exists() and self.sockets.stat().st_uid not in {self.account.uid, os.geteuid()}
        ):
            raise EmbeddedError(f"{self.sockets} is not ours. Remove it, or set WORKLINE_DATA_DIR to a shorter path.")
        self.account.take(self.sockets, 0o755)

    def tidy(self) -> None:
        """Leave nothing behind among everybody's temporary files."""
        if self.sockets.parent != self.directory:
            with suppress(OSError):
                self.sockets.rmdir()


def find_home(data_dir: Path) -> Home:
    """The server's home in ``data_dir``, made if need be.

    Started by root from a directory that no other account may enter (``/root``, say), the home is made in
    ``/var/lib/workline``, or among the temporary files if it is one, and ``data_dir`` links to it.
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
    """A new directory that every account can enter; a temporary one for what is temporary itself."""
    temporary = Path(tempfile.gettempdir()).resolve()
    parent = temporary if data_dir.resolve().is_relative_to(temporary) else enterable(ELSEWHERE)
    place = Path(tempfile.mkdtemp(prefix="workline-postgres-", dir=parent))
    place.chmod(0o755)
    return place


def enterable(directory: Path) -> Path:
    """``directory``, made for everybody to enter if it is not there, whatever the umask."""
    if not directory.exists():
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o755)
    return directory
