"""Serialization of migrations, which run as the owner, one process at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from graphql_app.migrations.access import OWNER

TURN = 7_305_809_117_024_662
"""Key of the advisory lock that migrating processes wait for. Any number that never changes."""


@contextmanager
def owners_turn(connection: Connection) -> Iterator[None]:
    """Assume the owner's role for the block, so that tables belong to it, and exclude other migrating processes.

    A process that waits finds the migrations done afterwards. Fails unless the login is the owner or a member of it.
    """
    execute(connection, f"SET ROLE {OWNER}", "SET LOCAL lock_timeout = '5min'", f"SELECT pg_advisory_lock({TURN})")
    try:
        yield
    finally:
        connection.rollback()  # a command that only reads, such as `check`, leaves its transaction open
        if not connection.invalidated:
            execute(connection, f"SELECT pg_advisory_unlock({TURN})", "RESET ROLE")


def execute(connection: Connection, *statements: str) -> None:
    """Run statements in a separate transaction."""
    with connection.begin():
        for statement in statements:
            connection.execute(text(statement))
