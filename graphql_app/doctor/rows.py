"""Checks of rows in the whole database: rules of the domain, and foreign keys."""

from collections.abc import Sequence
from dataclasses import dataclass

from graphql_app.doctor.findings import Finding, Severity, ok
from graphql_app.doctor.sight import PATIENCE
from graphql_app.postgres.connecting import Connection

SHOWN = 3
"""Number of rows that a finding lists as examples."""


@dataclass(frozen=True, slots=True)
class RowCheck:
    """Rule about rows, with a query for the rows that violate it.

    ``sound`` is the message if the query finds nothing. ``unsound`` follows the number of rows it finds, and ``remedy``
    is the remedy for them. The query's columns are shown with their names, so they must identify the row. With
    ``level`` OK, the finding is a mere note.
    """

    name: str
    query: str
    sound: str
    unsound: str
    remedy: str | None
    level: Severity = Severity.PROBLEM

    async def look(self, connection: Connection) -> list[Finding]:
        """Run the query over a connection that sees every row."""
        counted = f"SELECT count(*) OVER () AS how_many, broken.* FROM ({self.query}) AS broken LIMIT {SHOWN}"  # noqa: S608
        rows = await connection.fetch(counted, timeout=PATIENCE)
        if not rows:
            return [ok(f"{self.sound}.")]
        examples = "; ".join(" ".join(f"{key} {value}" for key, value in list(row.items())[1:]) for row in rows)
        more = "; ..." if rows[0]["how_many"] > len(rows) else ""
        return [Finding(self.level, f"{rows[0]['how_many']} {self.unsound}: {examples}{more}.", self.remedy)]


KEYS = """
    SELECT conname AS name, quote_ident(child.relname) AS child, quote_ident(parent.relname) AS parent,
           (SELECT array_agg(quote_ident(attname) ORDER BY place)
            FROM unnest(conkey) WITH ORDINALITY AS key(number, place)
            JOIN pg_attribute ON attrelid = conrelid AND attnum = key.number) AS columns,
           (SELECT array_agg(quote_ident(attname) ORDER BY place)
            FROM unnest(confkey) WITH ORDINALITY AS key(number, place)
            JOIN pg_attribute ON attrelid = confrelid AND attnum = key.number) AS referred
    FROM pg_constraint
    JOIN pg_class AS child ON child.oid = conrelid JOIN pg_class AS parent ON parent.oid = confrelid
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY 1"""


async def orphans(connection: Connection) -> list[Finding]:
    """Check for rows that refer to missing rows.

    A restore without triggers or a crash can leave them: PostgreSQL checks a foreign key when a row is written, and
    never again.
    """
    keys = await connection.fetch(KEYS)
    found = [finding for key in keys for finding in await orphan_check(**dict(key)).look(connection)]
    return [finding for finding in found if finding.level is not Severity.OK] or [
        ok(f"All rows that {len(keys)} foreign keys refer to are there.")
    ]


def orphan_check(name: str, child: str, parent: str, columns: Sequence[str], referred: Sequence[str]) -> RowCheck:
    """Return the rule of one foreign key."""
    given = " AND ".join(f"child.{column} IS NOT NULL" for column in columns)
    same = " AND ".join(f"parent.{there} = child.{here}" for here, there in zip(columns, referred, strict=True))
    query = f"""
        SELECT {", ".join(f"child.{column}" for column in columns)} FROM {child} AS child
        WHERE {given} AND NOT EXISTS (SELECT FROM {parent} AS parent WHERE {same})"""  # noqa: S608 (quoted names)
    remedy = f"Restore what {name} refers to from a backup, or have an administrator delete what refers to nothing."
    return RowCheck(name, query, f"{name} holds", f"rows of {child} refer to {parent} that are not there", remedy)
