"""Types of columns: conversions of the driver, and comparison of the models with the database.

A server refuses to start if a column differs from its model: statements about it could fail, or change its values.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Column, Table

from graphql_app.database.connection import Driver, SetUp
from graphql_app.models.kinds.kind import DIALECT
from graphql_app.models.kinds.moments import DRIVER_CODECS
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.errors import ColumnMismatch

COLUMNS = """
    SELECT relname AS table, attname AS name, NOT attnotnull AND relkind IN ('r', 'p') AS nullable,
           format_type(coalesce(nullif(typbasetype, 0), atttypid),
                       CASE typbasetype WHEN 0 THEN atttypmod ELSE typtypmod END) AS type
    FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid
    JOIN pg_type ON pg_type.oid = atttypid
    WHERE relnamespace = 'public'::regnamespace AND relname = ANY ($1) AND attnum > 0 AND NOT attisdropped"""
NORMAL = """
    SELECT declared, coalesce(format_type(to_regtype(declared), NULL), declared) AS name
    FROM unnest($1::text[]) AS given (declared)"""
"""PostgreSQL's names of types, without their limits."""
TEXTS = frozenset({"text", "character varying"})
"""Types of texts without a limit, which are the same."""

TIMES = ("timestamp", "time", "interval")
"""Types whose limit precedes the rest of their name."""


async def prepare(set_up: SetUp | None, driver: Driver) -> None:
    """Set the conversions of a new connection, then call ``set_up``."""
    for name, (encode, decode) in DRIVER_CODECS.items():
        await driver.set_type_codec(name, schema="pg_catalog", encoder=encode, decoder=decode, format="tuple")
    if set_up is not None:
        await set_up(driver)


async def check_columns(connection: DriverConnection, tables: Iterable[Table]) -> None:
    """Raise ColumnMismatch unless the tables have the columns that the models declare, with the same types."""
    declared = sorted(tables, key=lambda table: table.name)
    rows = await connection.fetch(COLUMNS, [table.name for table in declared])
    stored = {(row["table"], row["name"]): row for row in rows}
    known = {table for table, _ in stored}
    types = {_text(column) for column in _columns(declared)}
    names = {row["declared"]: row["name"] for row in await connection.fetch(NORMAL, sorted(types))}
    found = [f"{table.name}: the database has no such table" for table in declared if table.name not in known]
    for column in _columns(declared):
        if column.table.name in known:
            found += _problems(column, stored.get((column.table.name, column.name)), names)
    if found:
        raise ColumnMismatch(found)


def _columns(tables: Iterable[Table]) -> Iterator[Column[Any]]:
    return (column for table in tables for column in table.columns)


def _text(column: Column[Any]) -> str:
    """Return the declared type in SQL."""
    return column.type.compile(dialect=DIALECT)


def _problems(column: Column[Any], stored: Any, names: dict[str, str]) -> Iterator[str]:
    """Yield a line for each difference between a declared column and the column in the database."""
    place = f"{column.table.name}.{column.name}"
    if stored is None:
        yield f"{place}: the table has no such column"
        return
    declared = _with_limits(names[_text(column)], _text(column))
    if declared != stored["type"] and not {declared, stored["type"]} <= TEXTS:
        yield f"{place}: the model declares {declared}, and the column is {stored['type']}"
    if stored["nullable"] and not column.nullable:
        yield f"{place}: the model does not allow null, and the column does"


def _with_limits(name: str, declared: str) -> str:
    """Return PostgreSQL's name of a type with the declared limits, such as ``numeric(18,2)``."""
    _, bracket, limits = declared.partition("(")
    if not bracket or name.startswith(("double", "real")):
        return name
    limit = f"({limits.partition(')')[0].replace(' ', '')})"
    for kind in TIMES:
        if name.startswith(kind):
            return f"{kind}{limit}{name.removeprefix(kind)}"
    base, array, _ = name.partition("[]")
    return f"{base}{limit}{array}"
