"""Checks of the three roles: row-level security must bind the application, and memberships must be minimal."""

from collections.abc import Mapping
from typing import Any

from graphql_app.doctor.findings import DatabaseCheck, Finding, Severity, Subject, ok, problem, several, warning
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.roles import APP, OWNER, SYSTEM

type RoleAttributes = Mapping[str, Any]
"""Columns of ``pg_roles`` by name."""
ATTRIBUTES = {
    "rolsuper": "NOSUPERUSER",
    "rolbypassrls": "NOBYPASSRLS",
    "rolcreaterole": "NOCREATEROLE",
    "rolcreatedb": "NOCREATEDB",
    "rolreplication": "NOREPLICATION",
}
"""Privileged attributes of a role, with the keyword that removes each."""
UNBOUND = {"rolsuper", "rolbypassrls"}
"""Attributes that exempt a role from row-level security."""
ROLE = "SELECT * FROM pg_roles WHERE rolname = $1"
GROUPS = """
    SELECT pg_get_userbyid(roleid) AS name,
           pg_has_role(roleid, $2, 'MEMBER') OR pg_has_role(roleid, $3, 'MEMBER') AS mighty
    FROM pg_auth_members WHERE member = $1::text::regrole AND roleid <> $4::text::regrole ORDER BY 1"""
OWNED = """
    SELECT count(*) FROM pg_shdepend
    WHERE refclassid = 'pg_authid'::regclass AND refobjid = $1::text::regrole AND deptype = 'o'
    AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))"""
CREATES = "SELECT has_schema_privilege($1, 'public', 'CREATE')"


async def application(database: Subject) -> list[Finding]:
    """Check that the serving role sees one organization's rows at a time, and cannot change tables."""
    me: str = await database.app.fetchval("SELECT current_user")
    found = [*powers(await facts(database.app, me)), *await memberships(database.app, me)]
    if owned := await database.app.fetchval(OWNED, quoted(me)):
        said = f"{me} owns {several(owned, 'object')} of this database, without row-level security."
        found.append(problem(said, f"Run as an administrator: REASSIGN OWNED BY {me} TO {OWNER};"))
    if me != APP and any(each.level is Severity.PROBLEM for each in found):
        return [another_role(each) for each in found if each.level is Severity.PROBLEM]
    if await database.app.fetchval(CREATES, me):
        said = f"{me} may create tables and functions, which other roles could use instead of those of Workline."
        found.append(problem(said, f"Run as an administrator: REVOKE CREATE ON SCHEMA public FROM PUBLIC, {me};"))
    return found or [ok(f"{me} is subject to row-level security and owns nothing.")]


def another_role(found: Finding) -> Finding:
    """Return the finding with another remedy: a role with a different purpose keeps its privileges and tables."""
    remedy = (
        f"Set DATABASE_URL to an address that logs in as {APP} (workline migrate creates the role with the password in "
        "it), and DATABASE_OWNER_URL to the present one."
    )
    return problem(found.message, remedy)


def powers(role: RoleAttributes) -> list[Finding]:
    """Return findings about attributes that a role must not have."""
    name = role["rolname"]
    return [
        (problem if power in UNBOUND else warning)(
            f"{name} has {lost.removeprefix('NO')}"
            + (", so it reads the rows of all organizations." if power in UNBOUND else ", which it does not need."),
            f"Run as an administrator: ALTER ROLE {name} {lost};",
        )
        for power, lost in ATTRIBUTES.items()
        if role[power]
    ]


async def memberships(connection: DriverConnection, name: str) -> list[Finding]:
    """Return findings about memberships that give a role additional rights."""
    groups = await connection.fetch(GROUPS, quoted(name), OWNER, SYSTEM, APP)
    return [
        (problem if group["mighty"] else warning)(
            f"{name} can assume the role {group['name']}, which it does not need.",
            f"Run as an administrator: REVOKE {group['name']} FROM {name};",
        )
        for group in groups
    ]


async def owner(database: Subject) -> list[Finding]:
    """Check that row-level security binds the migrating role until it assumes workline_system explicitly."""
    role = await facts(database.best, OWNER)
    if not role:
        return [missing(OWNER)]
    found = [each for each in powers(role) if role["rolsuper"] or role["rolbypassrls"]]
    if await database.best.fetchval("SELECT pg_has_role($1, $2, 'USAGE')", OWNER, SYSTEM):
        said = f"{OWNER} inherits {SYSTEM}, so it always reads the rows of all organizations."
        found.append(problem(said, f"Run as an administrator: {uninherited(database.best)}"))
    if not await database.best.fetchval("SELECT pg_has_role($1, $2, $3)", OWNER, SYSTEM, become(database.best)):
        said = f"{OWNER} cannot assume the role {SYSTEM}, which seeding, backfills and this command require."
        found.append(problem(said, f"Run as an administrator: GRANT {SYSTEM} TO {OWNER};"))
    return found or await login(database)


async def login(database: Subject) -> list[Finding]:
    """Report the role that logs in as the owner."""
    if database.owner is None:
        said = "DATABASE_OWNER_URL is not set, so the rows of all organizations cannot be checked."
        return [warning(said, "Set DATABASE_OWNER_URL for this command and for workline migrate.")]
    me = await facts(database.owner, await database.owner.fetchval("SELECT current_user"))
    if me["rolsuper"]:
        return [ok(f"{me['rolname']}, a superuser, assumes the role {OWNER} to migrate. The owner suffices.")]
    return [ok(f"{me['rolname']} migrates, and reads no rows before it assumes the role {SYSTEM}.")]


async def system(database: Subject) -> list[Finding]:
    """Check that the role that sees every row cannot log in and cannot create objects."""
    role = await facts(database.best, SYSTEM)
    if not role:
        return [missing(SYSTEM)]
    found = powers(role)
    if role["rolcanlogin"]:
        said = f"{SYSTEM} can log in, and reads the rows of all organizations."
        found.append(problem(said, f"Run as an administrator: ALTER ROLE {SYSTEM} NOLOGIN;"))
    if await database.best.fetchval(CREATES, SYSTEM):
        said = f"{SYSTEM} may create tables and functions, which it needs only during a migration."
        found.append(warning(said, f"Run as {OWNER}: REVOKE CREATE ON SCHEMA public FROM {SYSTEM};"))
    return found or [ok(f"{SYSTEM}, which reads all rows, cannot log in.")]


async def facts(connection: DriverConnection, name: str) -> RoleAttributes:
    """Return a role's attributes, or an empty mapping if the role does not exist."""
    return dict(await connection.fetchrow(ROLE, name) or {})


def missing(name: str) -> Finding:
    """Return the problem that the role does not exist."""
    return problem(f"There is no role {name}.", "Run: workline migrate")


def become(connection: DriverConnection) -> str:
    """Return the privilege that SET ROLE requires: SET since PostgreSQL 16, membership before."""
    return "SET" if connection.get_server_version().major >= 16 else "MEMBER"


def uninherited(connection: DriverConnection) -> str:
    """Return the statement that ends the owner's inheritance: of the grant since PostgreSQL 16, of the role before."""
    if connection.get_server_version().major >= 16:
        return f"GRANT {SYSTEM} TO {OWNER} WITH INHERIT FALSE;"
    return f"ALTER ROLE {OWNER} NOINHERIT;"


def quoted(name: str) -> str:
    """Return a name in the syntax of ``regrole``."""
    return '"' + name.replace('"', '""') + '"'


CHECKS: dict[str, DatabaseCheck] = {
    "application's role": application,
    "owner's role": owner,
    "system's role": system,
}
