"""Changes of existing tables: the statements that make a database equal to the models, and those that revert them.

A change that would block the running release takes two revisions. The first one adds a constraint NOT VALID, and a
column without its NOT NULL. The second one validates them, and creates indexes, without blocking reads or writes.
https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import IntEnum

from graphql_app.migrations.description import ColumnDescription, Description, quote
from graphql_app.postgres.roles import SYSTEM

TEXT = re.compile(r"text|character varying(?:\((\d+)\))?")
"""Types of texts, with the limit of their length."""

FOREIGN_KEY = "FOREIGN KEY"
LOSS = "Deletes values. Run it a release after the last one that reads or writes them. For a new name, write a RENAME."
REWRITE = (
    "Rewrites the table, which is locked meanwhile, and fails for values that do not fit. On a large table, add a "
    "column, copy the values in batches, and remove the old column in a later release."
)
LESS = "The running release must not need these privileges."


class Stage(IntEnum):
    """Place of a change in the order of all changes. The last two belong to the second revision."""

    ENUM_VALUES = 0
    TYPES = 1
    REMOVED = 2
    COLUMNS = 3
    TABLES = 4
    CONSTRAINTS = 5
    SECURITY = 6
    DROPPED = 7
    TYPES_DROPPED = 8
    VALIDATED = 9
    COMPLETED = 10


OUTSIDE = {Stage.ENUM_VALUES, Stage.VALIDATED}
"""Stages whose statements run outside a transaction. They can be repeated."""


@dataclass(frozen=True, slots=True)
class Change:
    """Statements of one change, and those that revert it. ``note`` is a warning with the remedy."""

    stage: Stage
    upgrade: tuple[str, ...]
    downgrade: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Object whose two definitions differ, named like ``users.email``. None: it does not exist."""

    name: str
    expected: str | None
    found: str | None

    @property
    def table(self) -> str:
        """Table of the object, as an identifier."""
        return quote(self.name.partition(".")[0])

    @property
    def own(self) -> str:
        """Name of the object within the table, as an identifier."""
        return quote(self.name.partition(".")[2])

    def constraint_added(self, definition: str) -> str:
        """Return the statement that adds the constraint."""
        return f"ALTER TABLE {self.table} ADD CONSTRAINT {self.own} {definition}"

    @property
    def constraint_dropped(self) -> str:
        """Statement that drops the constraint."""
        return f"ALTER TABLE {self.table} DROP CONSTRAINT {self.own}"


def added_column(table: str, name: str, column: ColumnDescription, *, is_replaced: bool) -> Iterator[Change]:
    """Yield the changes that add a column. One without a value for existing rows is nullable at first."""
    has_value = column.default is not None or column.generated is not None or column.identity is not None
    definition = column.definition(required=column.required and has_value)
    place = f"{quote(table)} ADD COLUMN {quote(name)}"
    is_computed = column.identity is not None or "STORED" in (column.generated or "")
    yield Change(
        Stage.COLUMNS,
        (f"ALTER TABLE {place} {definition}",),
        () if is_replaced else (f"ALTER TABLE {quote(table)} DROP COLUMN {quote(name)}",),
        "Rewrites the table, which is locked meanwhile." if is_computed else "",
    )
    if column.comment is not None:
        yield comment(f"COLUMN {quote(table)}.{quote(name)}", column.comment, None)
    if column.required and not has_value:
        yield from required(table, name)


def dropped_column(table: str, name: str, column: ColumnDescription, *, is_replaced: bool) -> Change:
    """Return the change that drops a column."""
    statement = f"ALTER TABLE {quote(table)} DROP COLUMN {quote(name)}"
    back = [f"ALTER TABLE {quote(table)} ADD COLUMN {quote(name)} {column.definition(required=column.required)}"]
    if column.comment is not None:
        back.append(f"COMMENT ON COLUMN {quote(table)}.{quote(name)} IS {literal(column.comment)}")
    if is_replaced:
        return Change(Stage.COLUMNS, (statement,), (statement, *back), "" if column.generated else LOSS)
    return Change(Stage.DROPPED, (statement,), tuple(back), LOSS)


def altered_column(table: str, name: str, one: ColumnDescription, other: ColumnDescription) -> Iterator[Change]:
    """Yield the changes of a column that exists: type, default, identity, comment, and whether it may be null."""
    alter = f"ALTER TABLE {quote(table)} ALTER COLUMN {quote(name)}"
    if one.type != other.type:
        yield changed_type(alter, name, one, other)
    elif one.default != other.default:
        note = "" if one.default is not None else "The running release must write the column."
        yield Change(Stage.COLUMNS, (default(alter, one.default),), (default(alter, other.default),), note)
    if one.identity != other.identity:
        yield Change(Stage.COLUMNS, tuple(identity(alter, other, one)), tuple(identity(alter, one, other)))
    if one.comment != other.comment:
        yield comment(f"COLUMN {quote(table)}.{quote(name)}", one.comment, other.comment)
    if one.required and not other.required:
        yield from required(table, name)
    elif other.required and not one.required:
        yield Change(Stage.COLUMNS, (f"{alter} DROP NOT NULL",), (f"{alter} SET NOT NULL",))


def changed_type(alter: str, name: str, one: ColumnDescription, other: ColumnDescription) -> Change:
    """Return the change of a column's type, whose default is set again."""

    def statements(before: ColumnDescription, after: ColumnDescription) -> Iterator[str]:
        if before.default is not None:
            yield f"{alter} DROP DEFAULT"
        yield f"{alter} TYPE {after.type} USING {quote(name)}::{after.type.partition(' COLLATE ')[0]}"
        if after.default is not None:
            yield default(alter, after.default)

    note = "" if is_wider(one.type, other.type) else REWRITE
    return Change(Stage.COLUMNS, tuple(statements(other, one)), tuple(statements(one, other)), note)


def is_wider(one: str, other: str) -> bool:
    """Return True if a type of texts has no limit, or a higher one than the other: no row is written."""
    new, old = TEXT.fullmatch(one), TEXT.fullmatch(other)
    return bool(new and old and (new[1] is None or (old[1] is not None and int(new[1]) >= int(old[1]))))


def required(table: str, name: str) -> Iterator[Change]:
    """Yield the changes that make a column NOT NULL. A valid CHECK spares the scan of the locked table."""
    alter = f"ALTER TABLE {quote(table)}"
    check = quote(f"{table}_{name}_required"[:63])
    yield Change(
        Stage.VALIDATED,
        (
            f"{alter} DROP CONSTRAINT IF EXISTS {check}",
            f"{alter} ADD CONSTRAINT {check} CHECK ({quote(name)} IS NOT NULL) NOT VALID",
            f"{alter} VALIDATE CONSTRAINT {check}",
        ),
        (),
        f"Fails while rows have no {table}.{name}, and ends writes that leave it out. Deploy the release that writes "
        f"it, fill the other rows in batches as {SYSTEM}, then run this revision.",
    )
    yield Change(
        Stage.COMPLETED,
        (f"{alter} ALTER COLUMN {quote(name)} SET NOT NULL", f"{alter} DROP CONSTRAINT {check}"),
        (f"{alter} ALTER COLUMN {quote(name)} DROP NOT NULL",),
    )


def validated(pair: Pair) -> Change:
    """Return the validation of a constraint that was added NOT VALID."""
    note = f"Fails while rows of {pair.table} violate it. Change them first."
    return Change(Stage.VALIDATED, (f"ALTER TABLE {pair.table} VALIDATE CONSTRAINT {pair.own}",), (), note)


def default(alter: str, expression: str | None) -> str:
    """Return the statement that sets or drops a default."""
    return f"{alter} DROP DEFAULT" if expression is None else f"{alter} SET DEFAULT {expression}"


def identity(alter: str, before: ColumnDescription, after: ColumnDescription) -> Iterator[str]:
    """Yield the statements that change the identity of a column."""
    if after.identity is None:
        yield f"{alter} DROP IDENTITY"
    elif before.identity is None:
        yield f"{alter} ADD GENERATED {after.identity} AS IDENTITY"
    else:
        yield f"{alter} SET GENERATED {after.identity}"


def comment(place: str, text: str | None, before: str | None) -> Change:
    """Return the change of a comment."""
    up, down = (f"COMMENT ON {place} IS {literal(each)}" for each in (text, before))
    return Change(Stage.COLUMNS, (up,), (down,))


def policy(pair: Pair) -> Iterator[Change]:
    """Yield the change of a policy."""
    drop = f"DROP POLICY {pair.own} ON {pair.table}"
    up, down = (
        [] if each is None else [f"CREATE POLICY {pair.own} ON {pair.table} {each}"]
        for each in (pair.expected, pair.found)
    )
    before, after = ([drop] if each else [] for each in (pair.found, pair.expected))
    yield Change(Stage.SECURITY, (*before, *up), (*after, *down))


def privileges(pair: Pair) -> Iterator[Change]:
    """Yield the change of a role's privileges on a table."""
    one, other = (each.split(", ") if each else [] for each in (pair.expected, pair.found))
    granted, revoked = ([each for each in a if each not in b] for a, b in ((one, other), (other, one)))
    grant = [f"GRANT {', '.join(granted)} ON {pair.table} TO {pair.own}"] if granted else []
    revoke = [f"REVOKE {', '.join(revoked)} ON {pair.table} FROM {pair.own}"] if revoked else []
    back = [f"REVOKE {', '.join(granted)} ON {pair.table} FROM {pair.own}"] if granted else []
    back += [f"GRANT {', '.join(revoked)} ON {pair.table} TO {pair.own}"] if revoked else []
    yield Change(Stage.SECURITY, (*grant, *revoke), tuple(back), LESS if revoked else "")


def create_type(name: str, values: tuple[str, ...]) -> str:
    """Return the statement that creates an enum type."""
    return f"CREATE TYPE {quote(name)} AS ENUM ({', '.join(map(literal, values))})"


def added_values(name: str, one: tuple[str, ...], other: tuple[str, ...]) -> Iterator[str]:
    """Yield the statements that add the values of ``one`` that ``other`` lacks, in their places."""
    for place, value in enumerate(one):
        if value not in other:
            beside = f"AFTER {literal(one[place - 1])}" if place else f"BEFORE {literal(other[0])}"
            yield f"ALTER TYPE {quote(name)} ADD VALUE IF NOT EXISTS {literal(value)} {beside}"


def dropped_tables(found: Description, tables: Collection[str]) -> Change:
    """Return the change that drops tables, which the downgrade creates again without their rows."""
    created = [statement for each in tables for statement in table_of(found, each)]
    keys = [
        f"ALTER TABLE {quote(table)} ADD CONSTRAINT {quote(own)} {text}"
        for table, own, text in ((*name.split("."), text) for name, text in found.texts["constraint"].items())
        if table in tables and text.startswith(FOREIGN_KEY)
    ]
    return Change(Stage.DROPPED, (f"DROP TABLE {', '.join(map(quote, tables))}",), (*created, *keys), LOSS)


def table_of(found: Description, table: str) -> Iterator[str]:
    """Yield the statements that create a table, without its foreign keys."""
    name, columns = quote(table), found.columns[table]
    own = {
        kind: [Pair(each, None, text) for each, text in texts.items() if each.partition(".")[0] == table]
        for kind, texts in found.texts.items()
    }
    parts = [f"{quote(each)} {column.definition(required=column.required)}" for each, column in columns.items()]
    constraints = [each for each in own["constraint"] if each.found and not each.found.startswith(FOREIGN_KEY)]
    parts += [f"CONSTRAINT {each.own} {each.found}" for each in constraints]
    yield f"CREATE TABLE {name} ({', '.join(parts)})"
    yield from (str(each.found) for each in own["index"])
    comments = [(f"COLUMN {name}.{quote(each)}", column.comment) for each, column in columns.items()]
    for place, text in (*comments, (f"TABLE {name}", found.comments[table])):
        if text is not None:
            yield f"COMMENT ON {place} IS {literal(text)}"
    for word, is_on in zip(("ENABLE", "FORCE"), found.security[table], strict=True):
        if is_on:
            yield f"ALTER TABLE {name} {word} ROW LEVEL SECURITY"
    for kind, change in (("policy", policy), ("privileges", privileges)):
        yield from (statement for pair in own[kind] for each in change(pair) for statement in each.downgrade)


def base_type(name: str) -> str:
    """Return the type of an array's elements, or the type itself."""
    return name.removesuffix("[]")


def is_replaced(one: ColumnDescription, other: ColumnDescription) -> bool:
    """Return True if a column has to be dropped to be changed: its expression cannot be altered before 17."""
    return one.generated != other.generated


def literal(text: str | None) -> str:
    """Return a text in SQL."""
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"
