"""Building blocks of migrations, for those of the engine and of applications.

Migrations are history: they never import a model, and the SQL of existing functions here never changes.
"""

from collections.abc import Iterable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from graphql_app.migrations.access import OWNER, SYSTEM, act_as_system

__all__ = [
    "CREATED_AT",
    "ID",
    "ORGANIZATION_ID",
    "UPDATED_AT",
    "VERSION",
    "SqlType",
    "belongs",
    "bookkeeping",
    "check",
    "create_functions",
    "currency_code",
    "document",
    "drop_functions",
    "earlier",
    "is_alone",
    "length",
    "moment",
    "money",
    "one_of",
    "optional",
    "page_indexes",
    "refers",
    "required",
    "run",
    "run_outside_transaction",
    "tenant_index",
    "tenant_table",
    "unique",
    "unless_exists",
]

ID = "ID of the record, a UUIDv7: IDs sort by creation time."
"""Comment of the column ``id``."""
ORGANIZATION_ID = "ID of the organization."
"""Comment of the column ``organization_id``."""
CREATED_AT = "Time of creation."
"""Comment of the column ``created_at``."""
UPDATED_AT = "Time of the last change."
"""Comment of the column ``updated_at``."""
VERSION = (
    "Version of the record, which increases with each change. Pass it as `expectedVersion` to change the record only "
    "at this version."
)
"""Comments of columns that many tables have. Tables that were created with earlier texts get these by a migration."""

Item = sa.Column[Any] | sa.Constraint


class SqlType(sa.types.UserDefinedType[Any]):  # of any values
    """Type of a column by its name in PostgreSQL, such as ``numeric(12, 2)``."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_options: object) -> str:
        """Return the name, for a definition."""
        return self.name


def run(statements: Iterable[str]) -> None:
    """Execute statements in their order, such as those of ``secure``."""
    for statement in statements:
        op.execute(statement)


def earlier(migration: str) -> ModuleType:
    """Return an earlier migration of the engine, by the name of its file, whose statements a downgrade executes."""
    return import_module(f"graphql_app.migrations.versions.{migration}")


def create_functions(functions: Mapping[str, tuple[str, str]]) -> None:
    """Create functions that run as ``workline_system``, from their definitions and comments by signature."""
    for function, (definition, comment) in functions.items():
        run([definition, f"COMMENT ON FUNCTION {function} IS '{comment}'", *act_as_system(function)])


def drop_functions(functions: Iterable[str]) -> None:
    """Drop functions of ``workline_system``, given by their signatures."""
    run([f"SET LOCAL ROLE {SYSTEM}", *(f"DROP FUNCTION {each}" for each in functions), f"SET LOCAL ROLE {OWNER}"])


def run_outside_transaction(statements: Iterable[str]) -> None:
    """Commit, and execute statements that block no reads or writes, one at a time, for as long as they take.

    If one fails, the revision is run again from its beginning. The statements must be repeatable.
    """
    with op.get_context().autocommit_block():
        run(["SET lock_timeout = '60s'", "SET statement_timeout = 0"])
        run(statements)
        run(["RESET lock_timeout", "RESET statement_timeout"])
    run(["SET LOCAL lock_timeout = '3s'", "SET LOCAL statement_timeout = '60s'"])


def is_alone(revision: str) -> bool:
    """Return True if no other revision than this one of the engine is applied.

    Otherwise an application has created the engine's tables itself, and its own revisions revert them.
    """
    return op.get_context().get_current_heads() == (revision,)


def unless_exists(table: str, statements: list[str]) -> str:
    """Return a statement that executes ``statements`` in a database without ``table``.

    The engine's first revisions create their tables so, because older applications created them themselves.
    """
    lines = "".join(f"{statement.strip()};\n" for statement in statements)
    return f"DO $engine$\nBEGIN\nIF to_regclass('public.{table}') IS NULL THEN\n{lines}END IF;\nEND $engine$"


def tenant_table(name: str, *items: Item, versioned: bool = True) -> None:
    """Create a table of an organization's rows, with the composite key and the bookkeeping columns."""
    op.create_table(
        name,
        required("organization_id", sa.Uuid(), ORGANIZATION_ID),
        required("id", sa.Uuid(), ID),
        *items,
        *bookkeeping(versioned=versioned),
        sa.PrimaryKeyConstraint("organization_id", "id"),
        belongs(),
    )


def bookkeeping(*, versioned: bool = True) -> list[sa.Column[Any]]:
    """Return ``created_at``, ``updated_at`` and, if rows change, ``version``."""
    return [
        moment("created_at", CREATED_AT, nullable=False, server_default=sa.func.now()),
        moment("updated_at", UPDATED_AT, nullable=False, server_default=sa.func.now()),
        *([required("version", sa.Integer(), VERSION, server_default=sa.text("1"))] if versioned else []),
    ]


def required(name: str, kind: Any, comment: str, **options: Any) -> sa.Column[Any]:
    """Return a column that always has a value."""
    return sa.Column(name, kind, nullable=False, comment=comment, **options)


def optional(name: str, kind: Any, comment: str) -> sa.Column[Any]:
    """Return a column that may be null."""
    return sa.Column(name, kind, nullable=True, comment=comment)


def moment(name: str, comment: str, *, nullable: bool = True, **options: Any) -> sa.Column[Any]:
    """Return a column that holds a time."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, comment=comment, **options)


def money(name: str, comment: str, *, nullable: bool = False) -> sa.Column[Any]:
    """Return a column that holds an exact amount with two decimals."""
    return sa.Column(name, sa.Numeric(18, 2), nullable=nullable, comment=comment)


def document(name: str, comment: str) -> sa.Column[Any]:
    """Return a column that holds a JSON document, or null."""
    return sa.Column(name, JSONB(), nullable=True, comment=comment)


def belongs() -> sa.ForeignKeyConstraint:
    """Return the foreign key to the row's organization. Deleting the organization deletes the row."""
    return sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], ondelete="CASCADE")


def refers(column: str, table: str, *same: str, ondelete: str = "RESTRICT") -> sa.ForeignKeyConstraint:
    """Return the foreign key of ``column`` to the id of a row of ``table`` in the same organization.

    The columns ``same`` have the same value in both rows.
    """
    return sa.ForeignKeyConstraint(
        ["organization_id", column, *same],
        [f"{table}.organization_id", f"{table}.id", *(f"{table}.{each}" for each in same)],
        ondelete=ondelete,
    )


def unique(*columns: str) -> sa.UniqueConstraint:
    """Return the constraint that ``columns`` are unique within an organization."""
    return sa.UniqueConstraint("organization_id", *columns)


def check(name: str, condition: str) -> sa.CheckConstraint:
    """Return the constraint ``ck_<table>_<name>``."""
    return sa.CheckConstraint(condition, name=name)


def length(column: str, most: int, *, least: int = 1) -> sa.CheckConstraint:
    """Return the constraint that ``column`` has between ``least`` and ``most`` characters."""
    return check(f"{column}_length", f"char_length({column}) BETWEEN {least} AND {most}")


def one_of(column: str, *values: str) -> sa.CheckConstraint:
    """Return the constraint that ``column`` holds one of ``values``."""
    return check(column, f"{column} IN ({', '.join(f"'{value}'" for value in values)})")


def currency_code() -> sa.CheckConstraint:
    """Return the constraint that ``currency`` is three capital letters."""
    return check("currency", "currency ~ '^[A-Z]{3}$'")


def tenant_index(table: str, *columns: str) -> None:
    """Create an index over ``organization_id`` and ``columns``."""
    names = ["organization_id", *columns]
    op.create_index(op.f(f"ix_{table}_{'_'.join(names)}"), table, names)


def page_indexes(table: str, *columns: str) -> None:
    """Create an index ``(organization_id, column, id)`` per column, for pages of rows with a value or in that order."""
    for column in columns:
        tenant_index(table, column, "id")
