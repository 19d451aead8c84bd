"""Catalog of tables: columns, constraints, indexes, policies and privileges as PostgreSQL describes them.

A database is compared with a snapshot of the engine's tables, which is shipped per major version of PostgreSQL and made
by ``make catalogue``, or with another database. Nothing is created in the operator's server.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.roles import APP, SYSTEM

SNAPSHOTS = Path(__file__).with_name("catalogs")
type Catalog = Mapping[str, Mapping[str, str]]
"""Definitions by kind of object and by name, such as ``users.email``."""
OWN = "relnamespace = $2::text::regnamespace AND relkind IN ('r', 'p') AND relname = ANY($1)"
"""Condition of the tables ``$1`` in the schema ``$2``."""
PUBLIC = "public"
TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
        AND relname <> 'alembic_version'"""
QUESTIONS = {
    "column": f"""
        SELECT relname || '.' || attname, format_type(atttypid, atttypmod)
            || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END || CASE attgenerated
                WHEN '' THEN coalesce(' DEFAULT ' || pg_get_expr(adbin, adrelid), '')
                ELSE ' GENERATED ALWAYS AS (' || pg_get_expr(adbin, adrelid)
                    || CASE attgenerated WHEN 's' THEN ') STORED' ELSE ') VIRTUAL' END END
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE {OWN} AND attnum > 0 AND NOT attisdropped""",  # noqa: S608 (constants)
    # NOT NULL is a constraint since PostgreSQL 18, and a property of the column before
    "constraint": f"""
        SELECT relname || '.' || conname, pg_get_constraintdef(pg_constraint.oid)
        FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid WHERE {OWN} AND contype <> 'n'""",  # noqa: S608 (constants)
    "index": f"""
        SELECT relname || '.' || index_name, pg_get_indexdef(indexrelid)
        FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
        JOIN (SELECT oid AS index_oid, relname AS index_name FROM pg_class) AS named ON index_oid = indexrelid
        WHERE {OWN} AND NOT EXISTS (
            SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))""",  # noqa: S608 (constants)
    "policy": """
        SELECT tablename || '.' || policyname, CASE permissive WHEN 'RESTRICTIVE' THEN 'AS RESTRICTIVE ' ELSE '' END
            || 'FOR ' || cmd || ' TO ' || array_to_string(roles, ', ')
            || coalesce(' USING (' || qual || ')', '') || coalesce(' WITH CHECK (' || with_check || ')', '')
        FROM pg_policies WHERE schemaname = $2::text AND tablename = ANY($1)""",
    "privileges": f"""
        SELECT relname || '.' || coalesce(rolname, 'PUBLIC'), string_agg(privilege_type, ', ' ORDER BY privilege_type)
        FROM pg_class, aclexplode(relacl) LEFT JOIN pg_roles ON pg_roles.oid = grantee
        WHERE {OWN} AND grantee <> relowner AND (grantee = 0 OR rolname IN ('{APP}', '{SYSTEM}')) GROUP BY 1""",  # noqa: S608 (constants)
}
"""Query per kind of object, for its names and definitions."""
CAST = r"::[a-z ]+(?:\(\d+(?:,\d+)?\))?(?:\[\])?|[()\s]"
"""Casts, parentheses and space."""
HARMLESS = ("column", "index")
"""Kinds of objects that may be added to the engine's tables."""
STATEMENTS = {
    "constraint": "ALTER TABLE {table} ADD CONSTRAINT {name} {definition};",
    "index": "{definition};",
    "policy": "CREATE POLICY {name} ON {table} {definition};",
    "privileges": "GRANT {definition} ON {table} TO {name};",
}
"""Statements that create a missing object."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Object that differs between two catalogs. Without one of the definitions, it is missing there."""

    kind: str
    name: str
    expected: str | None
    found: str | None

    @property
    def sentence(self) -> str:
        """Clause that states the difference."""
        table, _, name = self.name.partition(".")
        subject = f"The {self.kind} {name} of {table}" if self.kind != "privileges" else f"{name}'s access to {table}"
        if self.found is None:
            return f"{subject} is missing: {self.expected}"
        return f"{subject} is {self.found}" + (f" instead of {self.expected}" if self.expected else ", and unexpected")

    @property
    def remedy(self) -> str:
        """Statement that removes the difference, or an instruction."""
        table, _, name = self.name.partition(".")
        if self.kind == "column" and self.found and self.expected == f"{self.found} NOT NULL":
            return f"Run as the owner: ALTER TABLE {table} ALTER COLUMN {name} SET NOT NULL;"
        if self.found is None and self.kind in STATEMENTS:
            statement = STATEMENTS[self.kind].format(table=table, name=name, definition=self.expected)
            return f"Run as the owner: {statement}"
        return "Undo the manual change, or restore the definition from a backup."


async def catalog_of(connection: DriverConnection, tables: Collection[str] | None = None) -> Catalog:
    """Return the catalog of these tables, or of all tables in the schema ``public``."""
    names = [row[0] for row in await connection.fetch(TABLES)] if tables is None else list(tables)
    return {kind: dict(map(tuple, await connection.fetch(query, names, PUBLIC))) for kind, query in QUESTIONS.items()}


def differences(expected: Catalog, found: Catalog) -> Iterator[Difference]:
    """Yield the objects whose definitions differ."""
    for kind in QUESTIONS:
        for name in sorted(expected[kind].keys() | found[kind].keys()):
            pair = expected[kind].get(name), found[kind].get(name)
            if plain(pair[0]) != plain(pair[1]):
                yield Difference(kind, name, *pair)


def plain(definition: str | None) -> str | None:
    """Return a definition without casts and parentheses, which change when a dump is restored."""
    return None if definition is None else re.sub(CAST, "", definition)


def snapshot(major: int) -> Catalog:
    """Return the snapshot of the engine's tables for a major version, or for the closest older version."""
    majors = sorted(int(file.stem) for file in SNAPSHOTS.glob("*.json"))
    closest = max((each for each in majors if each <= major), default=majors[0])
    catalog: Catalog = json.loads((SNAPSHOTS / f"{closest}.json").read_text())
    return catalog


def engine_tables(catalog: Catalog) -> set[str]:
    """Return the tables in a catalog."""
    return {name.partition(".")[0] for name in catalog["column"]}


async def drift(connection: DriverConnection) -> list[Difference]:
    """Return the differences between a database's tables of the engine and the snapshot.

    Additional columns and indexes are ignored: they restrict nothing.
    """
    expected = snapshot(connection.get_server_version().major)
    found = differences(expected, await catalog_of(connection, engine_tables(expected)))
    return [each for each in found if each.expected is not None or each.kind not in HARMLESS]
