"""The embedded server: started when it is first needed, shared, kept alive, stopped by whoever leaves last."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import quote

from graphql_app.postgres.embedded.configuration import configure
from graphql_app.postgres.embedded.home import Home, find_home
from graphql_app.postgres.embedded.postmaster import Postmaster
from graphql_app.postgres.embedded.programs import MAJOR, Programs, find_programs
from graphql_app.postgres.embedded.sharing import Sharing
from graphql_app.postgres.errors import EmbeddedError

LEAST_SPACE = 256 * 1024 * 1024
"""Bytes. PostgreSQL that runs out of space stops, recovers and stops again."""


class EmbeddedPostgres:
    """A server whose data lives in ``data_dir``, on a unix socket only.

    Used as a context manager, or by ``start`` and ``stop``; calls block, for about a second when there is much to do. A
    second process with the same directory shares the server. ``settings`` are PostgreSQL's.
    """

    def __init__(self, data_dir: Path, settings: Mapping[str, str] | None = None) -> None:
        self.data_dir = data_dir
        self._settings = dict(settings or {})
        self._home: Home | None = None
        self._postmaster: Postmaster | None = None
        self._sharing: Sharing | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def home(self) -> Home:
        """Where it lives, which may be elsewhere than in ``data_dir``; known after ``start``."""
        assert self._home is not None
        return self._home

    @property
    def pid(self) -> int | None:
        """The process id of the running server."""
        return self._postmaster.pid() if self._postmaster else None

    def start(self) -> None:
        """Use the server; start it, and make its data, if need be. Raises EmbeddedError when that cannot be."""
        home = self._home = find_home(self.data_dir)
        programs = find_programs(home.account)
        self._postmaster = Postmaster(home, programs)
        self._sharing = Sharing(home.directory)
        with self._sharing.control():
            self._sharing.join()
            try:
                self._initialize(programs)
                self._run()
            except OSError as error:
                self._sharing.leave()
                raise EmbeddedError(f"The embedded PostgreSQL does not start: {error}.") from error
            except BaseException:
                self._sharing.leave()
                raise

    def stop(self) -> bool:
        """Stop using the server, and stop it unless another process uses it; whether it was stopped."""
        if self._sharing is None or self._postmaster is None or not self._sharing.joined:
            return False
        with self._sharing.control():
            if not self._sharing.leave():
                self._postmaster.leave()
                return False
            self._postmaster.stop()
            self.home.tidy()
            return True

    def revive(self) -> bool:
        """Start the server again if it has died while in use; whether it had."""
        assert self._sharing is not None
        assert self._postmaster is not None
        if self._postmaster.alive():
            return False
        with self._sharing.control():
            return self._sharing.joined and self._run()

    def address(self, user: str = "postgres", database: str = "postgres") -> str:
        """The address of a database in it, as ``parse_address`` reads it."""
        return f"postgresql://{quote(user)}@/{quote(database)}?host={quote(str(self.home.sockets), safe='')}"

    def _initialize(self, programs: Programs) -> None:
        home = self.home
        if shutil.disk_usage(home.directory).free < LEAST_SPACE:
            raise EmbeddedError(f"The disk is too full for a database: {home.directory} has less than 256 MB left.")
        if not (home.data / "PG_VERSION").exists():
            make_data(home, programs)
        version = (home.data / "PG_VERSION").read_text().strip()
        if version != str(MAJOR):
            raise EmbeddedError(
                f"The database in {home.data} was made by PostgreSQL {version}, and this is {MAJOR}. Dump it with "
                "the release of Workline that made it, move the directory away, and load the dump into a new one."
            )

    def _run(self) -> bool:
        """Have it running; whether it had to be started."""
        assert self._postmaster is not None
        if self._postmaster.alive():
            self._postmaster.wait_until_ready()
            return False
        self.home.prepare()
        configure(self.home, self._settings)
        self._postmaster.start()
        return True


def make_data(home: Home, programs: Programs) -> None:
    """Make the server's data, under another name until it is complete."""
    unfinished = home.directory / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    home.account.take(unfinished)
    # the same order of texts on every system: by code points
    locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8")
    programs.run("initdb", "-D", str(unfinished), "-U", "postgres", "--auth-local=peer", "--auth-host=reject", *locale)
    unfinished.rename(home.data)
