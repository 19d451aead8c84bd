"""Check that a database may be served from."""

from collections.abc import Mapping

from graphql_app.database.security import OWNER, SYSTEM
from graphql_app.postgres.addresses import Address
from graphql_app.postgres.connecting import Connection, connect
from graphql_app.postgres.errors import NotMigrated, TooPowerful, UndeclaredPooler
from graphql_app.postgres.migrating import current, pending
from graphql_app.postgres.pooler import UNPREPARED, is_pooled, keeps_sessions

POWERS = f"""
    SELECT me.rolsuper, me.rolbypassrls, coalesce(pg_has_role(owner.oid, 'USAGE'), false) AS owns,
           coalesce(pg_has_role(system.oid, 'USAGE'), false) AS sees_all, me.rolname AS name
    FROM pg_roles AS me
    LEFT JOIN pg_roles AS owner ON owner.rolname = '{OWNER}'
    LEFT JOIN pg_roles AS system ON system.rolname = '{SYSTEM}'
    WHERE me.rolname = current_user"""  # noqa: S608 (constants)


async def check_servable(address: Address, session: Mapping[str, str]) -> None:
    """Raise the reason if the database must not be served from.

    Unreachable if it does not answer, UndeclaredPooler if the address does not declare a pooler in transaction mode,
    TooPowerful if row-level security does not bind the role, NotMigrated if migrations are missing. ``session`` has the
    start parameters of serving connections.
    """
    connection = await connect(address, **UNPREPARED)
    try:
        await refuse_undeclared_pooler(connection, address, session)
        await refuse_powers(connection)
        missing = pending(await current(connection))
        if missing:
            raise NotMigrated(len(missing))
    finally:
        await connection.close()


async def refuse_undeclared_pooler(connection: Connection, address: Address, session: Mapping[str, str]) -> None:
    """Raise UndeclaredPooler if serving connections would share server sessions, and the address declares no pooler."""
    if address.options.pooled or not await is_pooled(connection):
        return
    if not await keeps_sessions(connection, address, session):
        raise UndeclaredPooler


async def refuse_powers(connection: Connection) -> None:
    """Raise TooPowerful if the role of ``connection`` sees every organization's rows."""
    role = await connection.fetchrow(POWERS)
    assert role is not None
    if any(role[power] for power in ("rolsuper", "rolbypassrls", "owns", "sees_all")):
        raise TooPowerful(role["name"])
