"""Generation of migrations from the differences between models and a database, on top of Alembic's.

Alembic renders the tables of the models, of which those that exist are left out.
:mod:`graphql_app.migrations.comparison` finds the changes of existing tables, in statements that PostgreSQL's own
descriptions consist of. A new table is secured as its model declares. What cannot run in the transaction of a migration
becomes a second revision.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Any, Literal

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import (
    CreateIndexOp,
    CreateTableOp,
    DowngradeOps,
    MigrateOperation,
    MigrationScript,
    ModifyTableOps,
    UpgradeOps,
)
from alembic.runtime.migration import MigrationContext
from alembic.util import rev_id
from sqlalchemy import CheckConstraint, Column, Connection, Enum, MetaData, Table, TypeDecorator
from sqlalchemy.types import TypeEngine

from graphql_app.migrations.changes import OUTSIDE, Change, Stage, dropped_tables, literal
from graphql_app.migrations.comparison import Comparison
from graphql_app.migrations.description import (
    access_of,
    describe,
    describe_models,
    existing_tables,
    policies_of,
    quote,
    refuse_sequences,
)
from graphql_app.models.access import APPEND, CHANGE, KEEP, READ
from graphql_app.models.base import TENANT, VIEW
from graphql_app.models.kinds.kind import DIALECT

BUILDING_BLOCKS = "from graphql_app.migrations.tables import "
PRIVILEGES = {READ: "READ", APPEND: "APPEND", KEEP: "KEEP", CHANGE: "CHANGE"}
"""Names of privileges in :mod:`graphql_app.migrations.access`."""
WIDTH = 100
"""Maximum length of a line of SQL."""
PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w)")
"""Colon that SQLAlchemy would take for the beginning of a parameter."""
EXCLUDED = "excluded_tables"
"""Option of the environment: names of tables that are not compared."""


class ChangeOp(MigrateOperation):
    """Statements, in one direction."""

    def __init__(self, change: Change, *, is_reverted: bool = False) -> None:
        self.change, self.is_reverted = change, is_reverted

    @property
    def statements(self) -> tuple[str, ...]:
        """Statements to run."""
        return self.change.downgrade if self.is_reverted else self.change.upgrade

    def reverse(self) -> "ChangeOp":
        """Return the operation that reverts this one."""
        return ChangeOp(self.change, is_reverted=not self.is_reverted)

    def to_diff_tuple(self) -> tuple[str, ...]:
        """Return the difference, for ``alembic check``."""
        return ("statements", *self.statements)


class SecureTableOp(MigrateOperation):
    """Row-level security and privileges of a new table. They end with the table."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def reverse(self) -> ChangeOp:
        """Return an operation without statements."""
        return ChangeOp(Change(Stage.SECURITY, ()))

    def to_diff_tuple(self) -> tuple[str, ...]:
        """Return the difference, for ``alembic check``."""
        return ("secure", self.table.name)


@renderers.dispatch_for(SecureTableOp)
def render_security(context: AutogenContext, operation: SecureTableOp) -> list[str]:
    """Return the lines that secure the table."""
    access, name = access_of(operation.table), quote(operation.table.name)
    names = ["secure"]
    if not access.privileges:
        names, call = ["reserve"], f"reserve({name!r})"
    elif access.tenant is None:
        names, call = ["share"], f"share({name!r})"
    else:
        constant = PRIVILEGES.get(access.privileges)
        names += [constant] if constant else []
        tenant = "" if access.tenant == TENANT else f", tenant={access.tenant!r}"
        call = f"secure({name!r}, {constant or repr(access.privileges)}{tenant})"
    context.imports.add(f"from graphql_app.migrations.access import {', '.join(sorted(names))}")
    context.imports.add(f"{BUILDING_BLOCKS}run")
    return [f"run({call})", *map(executed, policies_of(operation.table))]


@renderers.dispatch_for(ChangeOp)
def render_change(context: AutogenContext, operation: ChangeOp) -> list[str]:
    """Return the lines that execute the statements, after a warning."""
    note = [] if operation.is_reverted else [f"# {line}" for line in wrap(operation.change.note, WIDTH)]
    if operation.change.stage not in OUTSIDE or operation.is_reverted:
        return [*note, *map(executed, operation.statements)]
    context.imports.add(f"{BUILDING_BLOCKS}run_outside_transaction")
    items = "\n".join(f"{parenthesized(text_of(each))}," for each in operation.statements)
    return [*note, f"run_outside_transaction(\n    [\n{indented(indented(items))}\n    ]\n)"]


def executed(statement: str) -> str:
    """Return the line, or the lines, that execute a statement."""
    text = text_of(statement)
    return f"op.execute{parenthesized(text)}" if "\n" in text else f"op.execute({text})"


def parenthesized(text: str) -> str:
    """Return a literal in parentheses on separate lines if it has several lines."""
    return f"(\n{indented(text)}\n)" if "\n" in text else text


def text_of(statement: str) -> str:
    """Return the literal of a statement, on several lines if it is long."""
    parts = re.findall(rf".{{1,{WIDTH}}}(?:\s|$)|\S+\s?", PARAMETER.sub(r"\\:", statement), re.DOTALL)
    return "\n".join(quoted(part) for part in parts)


def quoted(text: str) -> str:
    """Return a literal in Python, in double quotes where these need no escape."""
    plain = repr(text)
    return f'"{plain[1:-1]}"' if plain.startswith("'") and '"' not in text else plain


def indented(text: str) -> str:
    """Return lines that are indented by one level."""
    return re.sub("^(?=.)", "    ", text, flags=re.MULTILINE)


def merged(imports: str) -> list[str]:
    """Return import lines, one per module. Called by the template."""
    lines = [line.partition(" import ") for line in imports.splitlines()]
    names = {
        module: {each for start, _, found in lines if start == module for each in found.split(", ")}
        for module, _, _ in lines
    }
    return [f"{module} import {', '.join(sorted(found))}" for module, found in sorted(names.items()) if found != {""}]


def is_compared(
    excluded: Collection[str], item: Any, name: str | None, kind: str, _reflected: bool, _other: object
) -> bool:
    """Return False for an excluded table, and for a database view. Alembic passes items of any kind."""
    return kind != "table" or not (name in excluded or item.info.get(VIEW))


def reflects_nothing(_name: str | None, kind: str, _parents: object) -> bool:
    """Return False for a table of the database: Alembic does not compare existing tables."""
    return kind != "table"


def process_directives(
    context: MigrationContext, _revision: str | Iterable[str | None], directives: list[MigrationScript]
) -> None:
    """Replace Alembic's changes of existing tables, and secure new tables, in generated migrations.

    The list becomes empty if a migration would be. ``alembic check``, which has no message, keeps it.
    """
    script = directives[0]
    if script.upgrade_ops is None or context.connection is None:
        return
    operations = list(changed(context, script.upgrade_ops.ops))
    later = [each for each in operations if isinstance(each, ChangeOp) and each.change.stage >= Stage.VALIDATED]
    first = [each for each in operations if each not in later]
    if not first and not later and script.message is not None:
        directives.clear()
        return
    replace_operations(script, first or later)
    if first and later:
        directives.append(following(script, later))


def following(script: MigrationScript, operations: Sequence[MigrateOperation]) -> MigrationScript:
    """Return the second revision, which follows the first one."""
    second = MigrationScript(
        rev_id=rev_id(),
        message=f"validate {script.message}",
        upgrade_ops=UpgradeOps([]),
        downgrade_ops=DowngradeOps([]),
        head=script.rev_id,
        version_path=script.version_path,
    )
    replace_operations(second, operations)
    return second


def replace_operations(script: MigrationScript, operations: Sequence[MigrateOperation]) -> None:
    """Set the operations of a revision in both directions."""
    assert script.upgrade_ops is not None
    assert script.downgrade_ops is not None
    script.upgrade_ops.ops = list(operations)
    script.downgrade_ops.ops = []
    script.upgrade_ops.reverse_into(script.downgrade_ops)


def changed(context: MigrationContext, operations: Sequence[MigrateOperation]) -> Iterator[MigrateOperation]:
    """Yield all operations in their order: Alembic's of new tables, and those of the comparison."""
    connection, metadata = context.connection, context.opts["target_metadata"]
    assert connection is not None
    existing = existing_tables(connection) - set(context.opts[EXCLUDED])
    created = [each for each in operations if isinstance(each, CreateTableOp) and each.table_name not in existing]
    changes = compare(connection, metadata, existing, context.opts[EXCLUDED])
    new = [*map(constrained, created), *new_indexes(operations, {each.table_name for each in created})]
    secured = [SecureTableOp(metadata.tables[each.table_name]) for each in created]
    for stage in Stage:
        if stage is Stage.TABLES:
            yield from (*new, *secured)
        yield from (ChangeOp(each) for each in changes if each.stage is stage)


def compare(
    connection: Connection, metadata: MetaData, existing: Collection[str], excluded: Collection[str]
) -> list[Change]:
    """Return the changes of existing tables and of types, and of the tables that are no longer declared."""
    declared = {each.name for each in metadata.tables.values() if VIEW not in each.info} - set(excluded)
    found = describe(connection, sorted(existing))
    refuse_sequences((metadata.tables[each] for each in sorted(declared)), found)
    expected = describe_models(connection, metadata, sorted(declared))
    changes = Comparison(expected, found, declared & set(existing)).changes()
    dropped = sorted(set(existing) - declared)
    return [*changes, dropped_tables(found, dropped)] if dropped else changes


def new_indexes(operations: Iterable[MigrateOperation], tables: Collection[str]) -> Iterator[MigrateOperation]:
    """Yield the operations that create indexes of new tables."""
    for operation in operations:
        if isinstance(operation, ModifyTableOps):
            yield from new_indexes(operation.ops, tables)
        elif isinstance(operation, CreateIndexOp) and operation.table_name in tables:
            yield operation


def constrained(operation: CreateTableOp) -> CreateTableOp:
    """Return the operation with the CHECKs of columns whose type is an enum, and without information of the model."""
    operation.info = {}
    operation.columns = [*operation.columns, *choices(operation.columns)]
    return operation


def choices(columns: Sequence[Any]) -> list[CheckConstraint]:
    """Return the CHECK of each column whose type is an enum that is stored as text, also below a TypeDecorator."""
    found = ((each.name, undecorated(each.type)) for each in columns if isinstance(each, Column))
    return [
        CheckConstraint(f"{quote(name)} IN ({', '.join(map(literal, type.enums))})", str(type.name))
        for name, type in found
        if isinstance(type, Enum) and type.create_constraint
    ]


def undecorated(type: TypeEngine[Any]) -> TypeEngine[Any]:  # of any values
    """Return the type that a TypeDecorator stores."""
    while isinstance(type, TypeDecorator):
        type = type.impl_instance
    return type


def render_item(kind: str, item: object, context: AutogenContext) -> str | Literal[False]:
    """Return the text of an enum's column type, or of one that does not belong to SQLAlchemy: its name in PostgreSQL.

    A migration does not import the application. Alembic renders the other items.
    """
    if kind != "type" or not isinstance(item, TypeEngine):
        return False
    if not isinstance(item, Enum):
        if type(item).__module__.startswith("sqlalchemy."):
            return False
        context.imports.add(f"{BUILDING_BLOCKS}SqlType")
        return f"SqlType({item.compile(dialect=DIALECT)!r})"
    if not item.native_enum:
        return f"sa.String({item.length or ''})"
    context.imports.add("from sqlalchemy.dialects import postgresql")
    return f"postgresql.ENUM({', '.join(map(repr, item.enums))}, name={item.name!r}, create_type=False)"
