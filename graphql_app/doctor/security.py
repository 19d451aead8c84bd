"""Checks that row-level security and privileges are as in the migrations."""

import asyncio
from collections.abc import Collection, Iterable, Iterator

from graphql_app.doctor.facts import (
    Enabled,
    ExpectedFacts,
    Fact,
    Forced,
    Granted,
    Owned,
    Policy,
    expected,
    plain,
    sentence,
    subject,
    undone,
)
from graphql_app.doctor.findings import DatabaseCheck, Finding, Subject, ok, problem, warning
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.migrations import current
from graphql_app.postgres.roles import APP, OWNER, SYSTEM

EXTENSIONS = "SELECT objid FROM pg_depend WHERE deptype = 'e' AND classid = '{}'::regclass"
FUNCTION = f"""
    pronamespace = 'public'::regnamespace AND oid NOT IN ({EXTENSIONS.format("pg_proc")})
    AND (prosecdef OR pg_get_userbyid(proowner) IN ('{OWNER}', '{SYSTEM}'))"""
"""Functions and procedures that run with the rights of another role, or belong to the owner or the system role."""
KIND = "CASE prokind WHEN 'p' THEN 'procedure' ELSE 'function' END"
RELATION = f"""
    relnamespace = 'public'::regnamespace AND NOT relispartition
    AND pg_class.oid NOT IN ({EXTENSIONS.format("pg_class")})"""
"""Tables and views. Partitions are made and dropped while the server runs; the application has no access to them."""
TABLES = f"""
    SELECT quote_ident(relname) AS name, pg_get_userbyid(relowner) AS owner,
           relrowsecurity AS enabled, relforcerowsecurity AS forced
    FROM pg_class WHERE {RELATION} AND relkind IN ('r', 'p')"""  # noqa: S608 (constants)
POLICIES = f"""
    SELECT quote_ident(tablename) AS name, quote_ident(policyname) AS policy, roles::text[], qual, with_check,
           CASE permissive WHEN 'PERMISSIVE' THEN cmd ELSE permissive || ' ' || cmd END AS cmd
    FROM pg_policies JOIN pg_class ON relname = tablename
    WHERE schemaname = 'public' AND {RELATION}"""  # noqa: S608 (constants)
FUNCTIONS = f"""
    SELECT {KIND} AS kind, oid::regprocedure::text AS name, pg_get_userbyid(proowner) AS owner
    FROM pg_proc WHERE {FUNCTION}"""  # noqa: S608 (constants)
GRANTS = f"""
    SELECT coalesce(rolname, 'public'), privilege_type, kind, name, coalesce("column", '')
    FROM (
        SELECT 'table' AS kind, quote_ident(relname) AS name, NULL AS "column", relacl AS acl, relowner AS owner
        FROM pg_class WHERE {RELATION} AND relkind IN ('r', 'p', 'v', 'm', 'f')
        UNION ALL
        SELECT 'table', quote_ident(relname), attname, attacl, relowner
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE {RELATION} AND attacl IS NOT NULL
        UNION ALL
        SELECT {KIND}, oid::regprocedure::text, NULL, coalesce(proacl, acldefault('f', proowner)), proowner
        FROM pg_proc WHERE {FUNCTION}
    ) AS objects, aclexplode(acl) LEFT JOIN pg_roles ON pg_roles.oid = grantee
    WHERE (grantee = 0 OR rolname = ANY($1)) AND grantee <> owner"""  # noqa: S608 (constants)
RUN = "Run as an administrator"
"""Role that runs a remedy. The owner of the object may run it too."""
SEARCH_PATHS = f"""
    SELECT oid::regprocedure::text FROM pg_proc
    WHERE {FUNCTION} AND prosecdef
    AND NOT EXISTS (SELECT FROM unnest(proconfig) AS option WHERE option LIKE 'search_path=%')"""  # noqa: S608


async def actual(connection: DriverConnection, roles: Collection[str]) -> set[Fact]:
    """Return the facts of this database.

    Tables and functions of extensions are omitted. Only privileges granted to ``roles`` and to PUBLIC are included.
    Owners have all privileges in any case.
    """
    facts: set[Fact] = set()
    for row in await connection.fetch(TABLES):
        facts.add(Owned("table", row["name"], row["owner"]))
        facts |= {kind(row["name"]) for kind, holds in ((Enabled, row["enabled"]), (Forced, row["forced"])) if holds}
    for row in await connection.fetch(POLICIES):
        using, check = plain(row["qual"]), plain(row["with_check"])
        facts.add(Policy(row["name"], row["policy"], ", ".join(row["roles"]), row["cmd"], using, check))
    facts |= {Owned(row["kind"], row["name"], row["owner"]) for row in await connection.fetch(FUNCTIONS)}
    return facts | {Granted(*row.values()) for row in await connection.fetch(GRANTS, list(roles))}


async def row_security(database: Subject) -> list[Finding]:
    """Check that row-level security is enabled and forced on every table, with the policies of the migrations."""
    return await compared(database, (Enabled, Forced, Policy), "tables are protected as in the migrations")


async def privileges(database: Subject) -> list[Finding]:
    """Check that the application, the system role and PUBLIC have the privileges of the migrations."""
    return await compared(database, (Granted,), "tables and functions have the privileges of the migrations")


async def ownership(database: Subject) -> list[Finding]:
    """Check that tables and functions belong to the roles of the migrations."""
    return await compared(database, (Owned,), "tables and functions have the owners of the migrations")


async def compared(database: Subject, kinds: tuple[type[Fact], ...], fine: str) -> list[Finding]:
    """Return the differences between migrations and database, among facts of these kinds."""
    revisions = await current(database.app)
    if database.migrations.unknown(revisions):
        said = "A newer release has migrated the database, so its security cannot be compared with this release."
        return [warning(said, "Run workline doctor of the newer release.")]
    # Alembic runs its own event loop
    wanted = expected(await asyncio.to_thread(database.migrations.script, revisions))
    found = await actual(database.best, {APP, SYSTEM, await database.app.fetchval("SELECT current_user")})
    differences = [*missing(wanted, found, kinds), *surplus(wanted, found, kinds)]
    names = {subject(fact) for fact in wanted if isinstance(fact, kinds)}
    return differences or [ok(f"{len(names)} {fine}.")]


def missing(wanted: ExpectedFacts, found: set[Fact], kinds: tuple[type[Fact], ...]) -> Iterator[Finding]:
    """Yield the facts of the migrations that the database lacks."""
    for fact, statement in wanted.items():
        if isinstance(fact, kinds) and fact not in found:
            yield problem(f"{sentence(fact, holds=False)}, unlike in the migrations.", f"{RUN}: {statement}")


def surplus(wanted: Iterable[Fact], found: set[Fact], kinds: tuple[type[Fact], ...]) -> Iterator[Finding]:
    """Yield the facts of the database that no migration establishes, if they grant access."""
    for fact in sorted(found - set(wanted), key=repr):
        if isinstance(fact, kinds) and (statement := undone(fact)):
            yield problem(f"{sentence(fact, holds=True)}; no migration grants it.", f"{RUN}: {statement}")


async def search_paths(database: Subject) -> list[Finding]:
    """Check that functions with the rights of another role have a fixed search path.

    Otherwise the caller decides which objects the names in the function refer to.
    """
    found = [
        problem(
            f"The function {row[0]} reads all rows, and its search path depends on the caller.",
            f"{RUN}: ALTER FUNCTION {row[0]} SET search_path = pg_catalog, pg_temp;",
        )
        for row in await database.best.fetch(SEARCH_PATHS)
    ]
    return found or [ok("All functions with the rights of another role have a fixed search path.")]


CHECKS: dict[str, DatabaseCheck] = {
    "row-level security": row_security,
    "privileges": privileges,
    "ownership": ownership,
    "search paths": search_paths,
}
