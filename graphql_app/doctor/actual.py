"""Security facts of a database, read from PostgreSQL's catalogues."""

from collections.abc import Collection

from graphql_app.database.security import OWNER, SYSTEM
from graphql_app.doctor.facts import Enabled, Fact, Forced, Granted, Owned, Policy, plain
from graphql_app.postgres.connecting import Connection

EXTENSIONS = "SELECT objid FROM pg_depend WHERE deptype = 'e' AND classid = '{}'::regclass"
FUNCTION = f"""
    pronamespace = 'public'::regnamespace AND oid NOT IN ({EXTENSIONS.format("pg_proc")})
    AND (prosecdef OR pg_get_userbyid(proowner) IN ('{OWNER}', '{SYSTEM}'))"""
"""Functions and procedures that run with the rights of another role, or belong to the owner or the system role."""
KIND = "CASE prokind WHEN 'p' THEN 'procedure' ELSE 'function' END"
RELATION = f"relnamespace = 'public'::regnamespace AND pg_class.oid NOT IN ({EXTENSIONS.format('pg_class')})"
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


async def actual(connection: Connection, roles: Collection[str]) -> set[Fact]:
    """Return the facts of this database. Tables and functions of extensions are left out.

    Privileges are those granted to ``roles`` and to PUBLIC. Owners have all privileges in any case.
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
