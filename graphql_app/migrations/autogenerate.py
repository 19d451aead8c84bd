"""Generation of migrations from the differences between models and a database, on top of Alembic's.

A new table is secured in the migration that creates it: the application role may change the rows of its organization,
and of no other. It may read a reference table, which has no organization. Values of enums are CHECK constraints.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import CreateTableOp, MigrateOperation, MigrationScript
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Column, Enum

from graphql_app.models.base import TENANT, VIEW

RUN = "from graphql_app.migrations.tables import run"


class SecureTableOp(MigrateOperation):
    """Row-level security and privileges of a new table."""

    def __init__(self, table: str, *, is_reference: bool) -> None:
        self.table, self.is_reference = table, is_reference


@renderers.dispatch_for(SecureTableOp)
def render_security(context: AutogenContext, operation: SecureTableOp) -> str:
    """Return the line that secures the table."""
    names, call = ("share", "share({!r})") if operation.is_reference else ("CHANGE, secure", "secure({!r}, CHANGE)")
    context.imports.update((f"from graphql_app.migrations.access import {names}", RUN))
    return f"run({call.format(operation.table)})"


def is_migrated(item: Any, _name: str | None, kind: str, _is_reflected: bool, _other: object) -> bool:
    """Return False for a database view, which has a model but no table. Alembic passes items of any kind."""
    return not (kind == "table" and item.info.get(VIEW))


def process_directives(
    _context: MigrationContext, _revision: str | Iterable[str | None], directives: list[MigrationScript]
) -> None:
    """Secure new tables, and constrain their enums, in generated migrations."""
    for script in directives:
        operations = script.upgrade_ops
        if operations is None:
            continue
        for operation in list(operations.ops):
            if isinstance(operation, CreateTableOp):
                operation.columns = [*operation.columns, *choices(operation.columns)]
                is_reference = not any(getattr(each, "name", "") == TENANT for each in operation.columns)
                operations.ops.append(SecureTableOp(operation.table_name, is_reference=is_reference))


def choices(columns: Sequence[Any]) -> list[CheckConstraint]:
    """Return the CHECK of each column whose type is an enum."""
    return [
        CheckConstraint(f"{column.name} IN ({', '.join(f"'{value}'" for value in column.type.enums)})", column.name)
        for column in columns
        if isinstance(column, Column) and isinstance(column.type, Enum)
    ]


def render_item(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Return the text of an enum's column type, which is text. Alembic renders the other items."""
    return "sa.String()" if kind == "type" and isinstance(item, Enum) else False
