"""Checks before a database is served from: poolers, privileges, migrations.

A pooler between this process and PostgreSQL is detected by its behavior.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping

from graphql_app.postgres.addresses import Address
from graphql_app.postgres.admin_connections import DriverConnection, connect
from graphql_app.postgres.catalog import Difference, drift
from graphql_app.postgres.errors import ExcessivePrivileges, NotMigrated, UndeclaredPooler, UnknownRoles, Unreachable
from graphql_app.postgres.migrations import Migrations, current
from graphql_app.postgres.roles import OWNER, SYSTEM

ROUNDS = 5
"""Number of comparisons of two connections. A busy pooler may assign different sessions by chance."""
PATIENCE = 3.0
"""Time limit of a statement, in seconds. A pool in session mode without a free session never answers."""
UNPREPARED = {"statement_cache_size": 0}
"""Driver option without which a probe through a pooler could fail because of another client's statements."""
LIMIT = "statement_timeout"
type CheckColumns = Callable[[DriverConnection], Awaitable[None]]
POWERS = f"""
    SELECT me.rolsuper, me.rolbypassrls, coalesce(pg_has_role(owner.oid, 'USAGE'), false) AS owns,
           coalesce(pg_has_role(system.oid, 'USAGE'), false) AS sees_all, me.rolname AS name
    FROM pg_roles AS me
    LEFT JOIN pg_roles AS owner ON owner.rolname = '{OWNER}'
    LEFT JOIN pg_roles AS system ON system.rolname = '{SYSTEM}'
    WHERE me.rolname = current_user"""  # noqa: S608 (constants)


async def is_pooled(connection: DriverConnection) -> bool:
    """Return True if the server session has another process id than the start of the connection reported."""
    return bool(connection.get_server_pid() != await session_of(connection))


async def session_of(connection: DriverConnection) -> int:
    """Return the process id of the server session that runs the statement."""
    found: int = await connection.fetchval("SELECT pg_backend_pid()")
    return found


async def keeps_sessions(connection: DriverConnection, address: Address, session: Mapping[str, str]) -> bool:
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


async def is_apart(one: DriverConnection, other: DriverConnection) -> bool:
    """Return True if each of two connections keeps its own session."""
    pairs = {(await session_of(one), await session_of(other)) for _ in range(ROUNDS)}
    return len(pairs) == 1 and len(set(pairs.pop())) == 2


async def check_servable(
    address: Address, session: Mapping[str, str], migrations: Migrations, check_columns: CheckColumns | None = None
) -> list[Difference]:
    """Raise an error if the database must not be served. Uses one connection.

    Return the differences between the database's and this release's engine tables, for a warning.

    Unreachable if it does not answer, UndeclaredPooler if the address does not declare a pooler in transaction mode,
    ExcessivePrivileges if row-level security does not bind the role, NotMigrated if some of ``migrations`` are missing,
    and ColumnMismatch by ``check_columns``.
    ``session`` contains the start parameters of serving connections.
    """
    connection = await connect(address, **UNPREPARED)
    try:
        await refuse_undeclared_pooler(connection, address, session)
        await refuse_powers(connection)
        revisions = await current(connection)
        missing = migrations.pending(revisions)
        if missing:
            raise NotMigrated(len(missing))
        if check_columns is not None:
            await check_columns(connection)
        return [] if migrations.unknown(revisions) else await drift(connection)
    finally:
        await connection.close()


async def check_roles(address: Address, declared: Collection[str]) -> None:
    """Raise UnknownRoles if an active user of any organization has a role that is not declared."""
    connection = await connect(address, **UNPREPARED)
    try:
        stored = {row[0] for row in await connection.fetch("SELECT stored_roles()")}
    finally:
        await connection.close()
    if unknown := stored.difference(declared):
        raise UnknownRoles(unknown)


async def refuse_undeclared_pooler(connection: DriverConnection, address: Address, session: Mapping[str, str]) -> None:
    """Raise UndeclaredPooler if serving connections would share server sessions, and the address declares no pooler."""
    if address.options.pooled or not await is_pooled(connection):
        return
    if not await keeps_sessions(connection, address, session):
        raise UndeclaredPooler


async def refuse_powers(connection: DriverConnection) -> None:
    """Raise ExcessivePrivileges if the role of ``connection`` sees every organization's rows."""
    role = await connection.fetchrow(POWERS)
    assert role is not None
    if any(role[power] for power in ("rolsuper", "rolbypassrls", "owns", "sees_all")):
        raise ExcessivePrivileges(role["name"])
