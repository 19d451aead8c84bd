"""Directories of the embedded server, and the operating system account that runs it.

PostgreSQL refuses to run as root. If root starts it (a container, CI), the server runs as another account, which must
be able to reach its programs and its data. ``reaches`` checks this, so both can be placed accordingly, instead of
opening a home directory to all accounts.
"""

import hashlib
import os
import pwd
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from graphql_app.postgres.errors import EmbeddedError

CANDIDATES = ("postgres", "nobody")
LONGEST_SOCKET = 100
"""Bytes. Systems allow 103 or 107 for the whole path of a socket."""
SOCKET_NAME = ".s.PGSQL.5432"
ELSEWHERE = Path("/var/lib/workline")
"""Parent of files that root makes accessible to the server's account."""


@dataclass(frozen=True, slots=True)
class Account:
    """Account that runs the server. ``borrowed`` is true if it is not the account of this process."""

    uid: int
    gid: int
    name: str
    borrowed: bool

    def reaches(self, path: Path) -> bool:
        """Return True if every directory above ``path`` lets this account through."""
        return not self.borrowed or all(self._passes(parent.stat()) for parent in existing_parents(path))

    def take(self, path: Path, mode: int = 0o700) -> None:
        """Create the directory ``path`` if necessary, and make this account its owner."""
        path.mkdir(parents=True, exist_ok=True)
        if self.borrowed:
            os.chown(path, self.uid, self.gid)
        path.chmod(mode)

    def _passes(self, directory: os.stat_result) -> bool:
        if directory.st_uid == self.uid:
            return bool(directory.st_mode & stat.S_IXUSR)
        if directory.st_gid == self.gid:
            return bool(directory.st_mode & stat.S_IXGRP)
        return bool(directory.st_mode & stat.S_IXOTH)


def server_account(data: Path) -> Account:
    """Return the account of the server: the owner of ``data`` if it exists, else this process's.

    Root cannot run a server and is replaced by the first of ``CANDIDATES`` that exists. Raises EmbeddedError if the
    account cannot run a server.
    """
    us = os.geteuid()
    owner = data.stat().st_uid if data.exists() else us
    if us != 0:
        if owner != us:
            raise EmbeddedError(f"The database in {data} belongs to another user.")
        return account_of(named(us), us)
    found = named(owner) if owner else next(filter(None, map(by_name, CANDIDATES)), None)
    if found is None:
        raise EmbeddedError(
            "PostgreSQL does not run as root, and there is no account postgres or nobody to run it. "
            "Start Workline as another user, or set DATABASE_URL."
        )
    return account_of(found, us)


def account_of(entry: pwd.struct_passwd, us: int) -> Account:
    """Return the account of ``entry``, from the viewpoint of the user ``us``."""
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name, borrowed=entry.pw_uid != us)


def named(uid: int) -> pwd.struct_passwd:
    """Return the entry of a user id. Raises EmbeddedError if it has no name, which initdb requires.

    A bare number, as in a container's ``--user``, has none.
    """
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        raise EmbeddedError(
            f"The user id {uid} has no name on this system, which PostgreSQL requires. "
            "Start Workline as a named user, or set DATABASE_URL."
        ) from None


def by_name(name: str) -> pwd.struct_passwd | None:
    """Return the entry of an account, or None."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def existing_parents(path: Path) -> Iterator[Path]:
    """Return the existing directories above ``path``, with links resolved."""
    return (parent for parent in path.resolve().parents if parent.exists())


@dataclass(frozen=True, slots=True)
class ServerDirectory:
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
        """Directory of the server's socket: inside ``directory``, or a temporary directory.

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
            raise EmbeddedError(
                f"{self.sockets} belongs to another user. Remove it, or set WORKLINE_DATA_DIR to a shorter path."
            )
        self.account.take(self.sockets, 0o755)

    def tidy(self) -> None:
        """Remove the socket directory if it is a temporary one."""
        if self.sockets.parent != self.directory:
            with suppress(OSError):
                self.sockets.rmdir()


def find_home(data_dir: Path) -> ServerDirectory:
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
        return ServerDirectory(place, account)
    except OSError as error:
        raise EmbeddedError(f"The embedded database cannot be created: {error.strerror} ({error.filename}).") from error


def elsewhere(data_dir: Path) -> Path:
    """Create a directory that every account can enter, a temporary one if ``data_dir`` is temporary."""
    temporary = Path(tempfile.gettempdir()).resolve()
    parent = temporary if data_dir.resolve().is_relative_to(temporary) else enterable(ELSEWHERE)
    place = Path(tempfile.mkdtemp(prefix="workline-postgres-", dir=parent))
    place.chmod(0o755)
    return place


def enterable(directory: Path) -> Path:
    """Return ``directory``, created if missing; every account can enter it, regardless of the umask."""
    if not directory.exists():
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o755)
    return directory
