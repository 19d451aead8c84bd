"""Detection of a connection pooler between this process and PostgreSQL, by behaviour.

A pooler answers the start of a connection itself, with a process id that it makes up. In transaction mode, each
statement may run in another server session. In session mode, each connection has a session of its own.
"""

from collections.abc import Mapping

from graphql_app.postgres.addresses import Address
from graphql_app.postgres.connecting import Connection, connect
from graphql_app.postgres.errors import Unreachable

ROUNDS = 5
"""Number of comparisons of two connections. A busy pooler may assign different sessions by chance."""
PATIENCE = 3.0
"""Time limit of a statement, in seconds. A pool in session mode without a free session never answers."""
UNPREPARED = {"statement_cache_size": 0}
"""Driver option without which a probe through a pooler could fail because of another client's statements."""
LIMIT = "statement_timeout"


async def is_pooled(connection: Connection) -> bool:
    """Return True if the server session has another process id than the start of the connection reported."""
    return bool(connection.get_server_pid() != await session_of(connection))


async def session_of(connection: Connection) -> int:
    """Return the process id of the server session that runs the statement."""
    found: int = await connection.fetchval("SELECT pg_backend_pid()")
    return found


async def keeps_sessions(connection: Connection, address: Address, session: Mapping[str, str]) -> bool:
    """Return True if each connection through a pooler has its own session, set up by the parameters ``session``.

    Opens a second connection for comparison.
    """
    arguments = {"server_settings": {**session, **address.options.server_settings}, "command_timeout": PATIENCE}
    try:
        other = await connect(address, **UNPREPARED, **arguments)
    except Unreachable:
        return False  # the pooler rejects the parameters
    try:
        limit = await other.fetchval("SELECT setting FROM pg_settings WHERE name = $1", LIMIT)
        is_set_up = limit == session[LIMIT] or "options" in address.options.server_settings
        return is_set_up and await is_apart(connection, other)
    except TimeoutError:
        return True
    finally:
        other.terminate()


async def is_apart(one: Connection, other: Connection) -> bool:
    """Return True if each of two connections keeps one session of its own."""
    pairs = {(await session_of(one), await session_of(other)) for _ in range(ROUNDS)}
    return len(pairs) == 1 and len(set(pairs.pop())) == 2
