"""Operating system account that runs the embedded server.

PostgreSQL refuses to run as root. If root starts it (a container, CI), the server runs as another account, which must
be able to reach its programs and its data. ``reaches`` checks that, so that both can be placed accordingly, instead of
opening a home directory to all accounts.
"""

import os
import pwd
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from graphql_app.postgres.errors import EmbeddedError

CANDIDATES = ("postgres", "nobody")


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
            "PostgreSQL does not run as root, and there is no account postgres or nobody to run it as: "
            "start Workline as an ordinary user, or set DATABASE_URL."
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
            f"The user id {uid} has no name on this system, and PostgreSQL needs one: "
            "start Workline as a user that exists, or set DATABASE_URL."
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
