"""Embedded server: started on first use, shared by processes, restarted after a crash, stopped by its last user.

Two lock files coordinate the processes: ``control`` is held exclusively while a process starts or stops the server,
``users`` is shared by all processes that use it. The system releases locks at the end of a process, however it ends, so
a killed process leaves none behind.
"""

import fcntl
import os
import pwd
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from urllib.parse import quote

from graphql_app.postgres.embedded.directories import ServerDirectory, find_home
from graphql_app.postgres.embedded.postmaster import MAJOR, Postmaster, Programs, find_programs
from graphql_app.postgres.errors import EmbeddedError

TUNING = {
    # one small organization on a laptop, rows on an SSD
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "max_connections": "200",
    "max_wal_size": "2GB",
    # compiling a plan costs more than it saves for short statements
    "jit": "off",
    # a statement whose client has disconnected is stopped, even if it was not cancelled
    "client_connection_check_interval": "1s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_checkpoints": "off",
}
INCLUDE = "include_if_exists = 'workline.conf'"
LEAST_SPACE = 256 * 1024 * 1024
"""Bytes. PostgreSQL that runs out of space stops, recovers and stops again."""
INTERVAL = 0.25
LONGEST_PAUSE = 15.0


def configure(home: ServerDirectory, settings: Mapping[str, str]) -> None:
    """Write the server's configuration and access rules.

    The server listens on its socket only, and the system authenticates the caller (``peer``): the account of this
    process, root and the server's own account may assume any role, other accounts none. No password exists.
    """
    place = {"listen_addresses": "", "unix_socket_directories": f'"{home.sockets}"', "unix_socket_permissions": "0777"}
    values = {**TUNING, **settings, **place}
    write(home, "workline.conf", "".join(f"{name} = {quoted(value)}\n" for name, value in values.items()))
    write(home, "pg_hba.conf", "local all all peer map=workline\n")
    callers = dict.fromkeys((pwd.getpwuid(os.geteuid()).pw_name, home.account.name, "root"))
    write(home, "pg_ident.conf", "".join(f'workline "{caller}" all\n' for caller in callers))
    include(home)


def quoted(value: str) -> str:
    """Return a value in the syntax of PostgreSQL's configuration files."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def include(home: ServerDirectory) -> None:
    """Include this configuration in the main file.

    Settings below that line, or set by ALTER SYSTEM, take precedence.
    """
    main = home.data / "postgresql.conf"
    text = main.read_text()
    if INCLUDE not in text:
        write(home, main.name, f"{text}\n{INCLUDE}\n")


def write(home: ServerDirectory, name: str, text: str) -> None:
    """Replace a file in the server's data directory, owned by the server's account."""
    path = home.data / name
    path.write_text(text)
    path.chmod(0o600)
    if home.account.borrowed:
        os.chown(path, home.account.uid, home.account.gid)


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


class EmbeddedPostgres:
    """PostgreSQL server whose data is in ``data_dir``, on a UNIX socket only.

    Use it as a context manager, or by ``start`` and ``stop``. These calls block, for about a second if the data must be
    created. A second process with the same directory shares the server. ``settings`` are PostgreSQL's.
    """

    def __init__(self, data_dir: Path, settings: Mapping[str, str] | None = None) -> None:
        self.data_dir = data_dir
        self._settings = dict(settings or {})
        self._home: ServerDirectory | None = None
        self._postmaster: Postmaster | None = None
        self._sharing: Sharing | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def home(self) -> ServerDirectory:
        """Home of the server, which may be outside ``data_dir``. Set by ``start``."""
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
            raise EmbeddedError(f"The disk is full: {home.directory} has less than 256 MB left.")
        if not (home.data / "PG_VERSION").exists():
            create_data(home, programs)
        version = (home.data / "PG_VERSION").read_text().strip()
        if version != str(MAJOR):
            raise EmbeddedError(
                f"The database in {home.data} was created by PostgreSQL {version}, and this is {MAJOR}. Dump it with "
                "the release of Workline that created it, move the directory, and restore the dump into a new database."
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


def create_data(home: ServerDirectory, programs: Programs) -> None:
    """Create the server's data, under a temporary name until it is complete."""
    unfinished = home.directory / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    home.account.take(unfinished)
    # the same collation on every system: by code points
    locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8")
    programs.run("initdb", "-D", str(unfinished), "-U", "postgres", "--auth-local=peer", "--auth-host=reject", *locale)
    unfinished.rename(home.data)


class CrashMonitor:
    """Thread that restarts ``server`` after a crash while the context is entered, and reports it with ``say``.

    A failed restart is retried, with increasing pauses up to ``LONGEST_PAUSE`` seconds, because a full disk may be
    freed.
    """

    def __init__(self, server: EmbeddedPostgres, say: Callable[[str], None], interval: float = INTERVAL) -> None:
        self._server = server
        self._say = say
        self._interval = interval
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="embedded-postgres", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        pause = self._interval
        while not self._over.wait(pause):
            pause = self._interval if self._look() else min(2 * pause, LONGEST_PAUSE)

    def _look(self) -> bool:
        try:
            if self._server.revive():
                self._say("The embedded PostgreSQL has crashed and was restarted.")
        except (EmbeddedError, OSError) as error:
            self._say(f"The embedded PostgreSQL has crashed. {error}")
            return False
        return True
