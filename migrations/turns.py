"""Who migrates, and when: the owner, and one process at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from graphql_app.database.security import OWNER

TURN = 7_305_809_117_024_662
"""The key of the advisory lock that migrating processes wait for. Any number, as long as it never changes."""


@contextmanager
def owners_turn(connection: Connection) -> Iterator[None]:
    """Whoever logged in, tables belong to the owner, and two processes that start together do not migrate together.

    The second one waits, and then finds the work done. Fails unless the login is the owner or a member of it.
    """
    execute(connection, f"SET ROLE {OWNER}", "SET LOCAL lock_timeout = '5min'", f"SELECT pg_advisory_lock({TURN})")
    try:
        yield
    finally:
        connection.rollback()  # a command that only looks, such as `check`, leaves its transaction open
        if not connection.invalidated:
            execute(connection, f"SELECT pg_advisory_unlock({TURN})", "RESET ROLE")


def execute(connection: Connection, *statements: str) -> None:
    """Run statements in a transaction of their own."""
    with connection.begin():
        for statement in statements:
            connection.execute(text(statement))
