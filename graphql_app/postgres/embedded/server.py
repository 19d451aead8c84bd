"""Embedded server: started on first use, shared by processes, restarted after a crash, stopped by the last user."""

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
    """PostgreSQL server whose data is in ``data_dir``, on a UNIX socket only.

    Use it as a context manager, or by ``start`` and ``stop``. These calls block, for about a second if the data must be
    created. A second process with the same directory shares the server. ``settings`` are PostgreSQL's.
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
        """Home of the server, which may be outside of ``data_dir``. Set by ``start``."""
        assert self._home is not None
        return self._home

    @property
    def pid(self) -> int | None:
        """Process id of the running server, or None."""
        return self._postmaster.pid() if self._postmaster else None

    def start(self) -> None:
        """Use the server. Create its data and start it if necessary. Raises EmbeddedError if that fails."""
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
        """Release the server, and stop it unless another process uses it. Return True if it was stopped."""
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
        """Restart the server if it has crashed while in use. Return True if it was restarted."""
        assert self._sharing is not None
        assert self._postmaster is not None
        if self._postmaster.alive():
            return False
        with self._sharing.control():
            return self._sharing.joined and self._run()

    def address(self, user: str = "postgres", database: str = "postgres") -> str:
        """Return the address of a database of this server, in the form of ``parse_address``."""
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
        """Start the server unless it runs. Return True if it was started."""
        assert self._postmaster is not None
        if self._postmaster.alive():
            self._postmaster.wait_until_ready()
            return False
        self.home.prepare()
        configure(self.home, self._settings)
        self._postmaster.start()
        return True


def make_data(home: Home, programs: Programs) -> None:
    """Create the server's data, under a temporary name until it is complete."""
    unfinished = home.directory / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    home.account.take(unfinished)
    # the same collation on every system: by code points
    locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8")
    programs.run("initdb", "-D", str(unfinished), "-U", "postgres", "--auth-local=peer", "--auth-host=reject", *locale)
    unfinished.rename(home.data)
