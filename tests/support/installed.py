"""A PostgreSQL of the system in place of the embedded one: for a run of the tests on another version."""

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
"""The directory of its programs, as ``make test-pg15`` finds it. Read here: fixtures hide such variables from tests."""


class InstalledPostgres:
    """A running server whose socket is in ``sockets``; anybody who may enter that directory may be any role."""

    def __init__(self, sockets: Path) -> None:
        self._sockets = sockets

    def address(self, user: str = "postgres", database: str = "postgres") -> str:
        """The address of a database in it, as ``parse_address`` reads it."""
        return f"postgresql://{quote(user)}@/{quote(database)}?host={quote(str(self._sockets), safe='')}"


@contextmanager
def installed_postgres(binaries: Path) -> Iterator[InstalledPostgres]:
    """A new server with these programs, run by an account that is not root's, gone at the end."""
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
    """Settings as the embedded server has them in a test, and a socket in the directory of the data."""
    place = {"listen_addresses": "", "unix_socket_directories": f'"{data}"'}
    with (data / "postgresql.conf").open("a") as file:
        file.writelines(f"{name} = {quoted(value)}\n" for name, value in {**TUNING, **UNSAFE_AND_FAST, **place}.items())
