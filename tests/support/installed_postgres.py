"""Installed PostgreSQL in place of the embedded one, to run the tests on another version."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from graphql_app.postgres.embedded.directories import server_account
from graphql_app.postgres.embedded.postmaster import Programs
from graphql_app.postgres.embedded.server import TUNING, quoted
from tests.support.databases import UNSAFE_AND_FAST
from tests.support.directories import open_directory

BINARIES = os.environ.get("WORKLINE_TEST_POSTGRES")
"""Directory of its programs, found by ``make test-pg15``. Read on import, because fixtures hide such variables."""


class InstalledPostgres:
    """Running server with a socket in ``sockets``. Accounts that may enter that directory may use any role."""

    def __init__(self, sockets: Path) -> None:
        self._sockets = sockets

    def address(self, user: str = "postgres", database: str = "postgres") -> str:
        """Return the address of a database in the form that ``parse_address`` reads."""
        return f"postgresql://{quote(user)}@/{quote(database)}?host={quote(str(self._sockets), safe='')}"


@contextmanager
def installed_postgres(binaries: Path) -> Iterator[InstalledPostgres]:
    """Run a new server with these programs under an account other than root, and remove it at the end."""
    with open_directory("installed") as directory:
        data = directory / "data"
        account = server_account(data)
        programs = Programs(binaries.parent, account)
        account.take(data)
        programs.run("initdb", "-D", str(data), "-U", "postgres", "--auth=trust", "--locale=C.UTF-8", "--encoding=UTF8")
        configure(data)
        programs.run("pg_ctl", "start", "-w", "-D", str(data), "-l", str(data / "log"))
        try:
            yield InstalledPostgres(data)
        finally:
            programs.run("pg_ctl", "stop", "-D", str(data), "-m", "immediate")


def configure(data: Path) -> None:
    """Configure the server like the embedded one of tests, with a socket in the data directory."""
    place = {"listen_addresses": "", "unix_socket_directories": f'"{data}"'}
    with (data / "postgresql.conf").open("a") as file:
        file.writelines(f"{name} = {quoted(value)}\n" for name, value in {**TUNING, **UNSAFE_AND_FAST, **place}.items())
