"""Whether a database may be served from, over this connection."""

from graphql_app.database.security import OWNER, SYSTEM
from graphql_app.postgres.connecting import Connection
from graphql_app.postgres.errors import NotMigrated, TooPowerful
from graphql_app.postgres.migrating import current, pending

POWERS = f"""
    SELECT me.rolsuper, me.rolbypassrls, coalesce(pg_has_role(owner.oid, 'USAGE'), false) AS owns,
           coalesce(pg_has_role(system.oid, 'USAGE'), false) AS sees_all, me.rolname AS name
    FROM pg_roles AS me
    LEFT JOIN pg_roles AS owner ON owner.rolname = '{OWNER}'
    LEFT JOIN pg_roles AS system ON system.rolname = '{SYSTEM}'
    WHERE me.rolname = current_user"""  # noqa: S608 (constants)


async def check_servable(connection: Connection) -> None:
    """Raise TooPowerful if row-level security does not bind the role, NotMigrated if migrations are missing."""
    role = await connection.fetchrow(POWERS)
    assert role is not None
    if any(role[power] for power in ("rolsuper", "rolbypassrls", "owns", "sees_all")):
        raise TooPowerful(role["name"])
    missing = pending(await current(connection))
    if missing:
        raise NotMigrated(len(missing))
