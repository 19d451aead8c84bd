"""Factory of rows: ``await factory(Patient, name="Ada")`` inserts a row whose other values are generated.

Required columns get a value of their type that satisfies the CHECKs of the column. Foreign keys refer to a row that the
factory creates, once per table. A constraint that no generated value satisfies is reported with the file to edit.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Enum, NullPool, Table, UniqueConstraint, insert, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from graphql_app.models.base import TENANT, Base, new_id, table_columns
from graphql_app.mutations.input_checks import checks_of
from graphql_app.postgres.roles import SYSTEM
from graphql_app.testing.databases import TestDatabase

type FactoryValues = Mapping[type[Base], Mapping[str, object]]
"""Values of columns by model, in place of generated ones. A function is called with the number of the row."""
type RowValues = dict[str, Any]  # values of columns of any type
BEGINNING = datetime(2026, 1, 5, 9, tzinfo=UTC)


class FactoryError(Exception):
    """Row for which no values were found, with the remedy."""


def candidates(kind: type, name: str, number: int) -> Iterable[object]:
    """Return values of a Python type, the more readable ones first. Values of other numbers are different."""
    letters = "".join(chr(ord("A") + number // 26**power % 26) for power in (2, 1, 0))
    moment = BEGINNING + timedelta(days=number)
    found: dict[type, Iterable[object]] = {
        str: (
            f"{name} {number}",
            f"{number}",
            letters,
            letters.lower(),
            f"{name}{number}@example.com",
            f"https://example.com/{name}/{number}",
            f"#{number:06x}",
            f"+{number:011d}",
        ),
        int: (number, number % 100, number % 5 + 1, number % 2, -number),
        float: (float(number), number % 100 / 100, -float(number)),
        Decimal: (Decimal(number), Decimal(number % 100), Decimal(number % 100) / 100, Decimal(-number)),
        bool: (False,),
        datetime: (moment,),
        date: (moment.date(),),
        time: (time(number % 24),),
        timedelta: (timedelta(minutes=number),),
        bytes: (f"{name} {number}".encode(),),
        dict: ({},),
        list: ([],),
        UUID: (new_id(),),
    }
    return found.get(kind, ())


@dataclass
class Factory:
    """Factory of rows of one organization, over a connection that sees every row."""

    connection: AsyncConnection
    organization_id: UUID
    values: FactoryValues
    file: Path
    """File in which ``values`` are defined, for messages."""
    _number: int = 0
    _parents: dict[str, RowValues] = field(default_factory=dict)
    _made: dict[tuple[str, object], RowValues] = field(default_factory=dict)
    """Rows by table and ID."""

    async def __call__[M: Base](self, model: type[M], **given: object) -> M:
        """Insert a row and return it. ``given`` are values by the names of the model's attributes."""
        table = model.__table__
        assert isinstance(table, Table)
        row = await self._insert(table, {**self._chosen(model), **given})
        return model(**{name: row[column.name] for name, column in table_columns(model).items()})

    def _chosen(self, model: type[Base]) -> RowValues:
        self._number += 1
        chosen = self.values.get(model, {})
        return {name: value(self._number) if callable(value) else value for name, value in chosen.items()}

    async def _insert(self, table: Table, given: RowValues) -> RowValues:
        unknown = given.keys() - table.columns.keys()
        if unknown:
            raise FactoryError(f"{table.name} has no column {', '.join(sorted(unknown))}.")
        missing = [column for column in table.columns if _is_generated(column, given)]
        row = {column.name: await self._value(column) for column in missing} | given
        row = {**row, **self._shared(table, row), **given}
        try:
            inserted = await self.connection.execute(insert(table).values(row).returning(*table.columns))
        except IntegrityError as error:
            raise self._refused(table, row, error) from error
        made = dict(inserted.mappings().one())
        self._made[table.name, made.get("id")] = made
        return made

    def _shared(self, table: Table, row: RowValues) -> RowValues:
        """Return the values of columns that a foreign key requires to equal those of the referred row."""
        shared: RowValues = {}
        for key in table.foreign_key_constraints:
            columns = {element.column.name: element.parent.name for element in key.elements}
            referred = self._made.get((key.referred_table.name, row.get(columns.pop("id", ""))))
            columns.pop(TENANT, None)
            if referred is not None:
                shared |= {local: referred[remote] for remote, local in columns.items()}
        return shared

    async def _value(self, column: Column[Any]) -> object:
        if column.name == TENANT:
            return self.organization_id
        if column.name == "id":
            return new_id()
        parent = _parent_of(column)
        if parent is not None:
            return (await self._parent(parent, is_shared=not _is_unique(column)))["id"]
        if isinstance(column.type, Enum):
            return column.type.python_type(column.type.enums[0]) if column.type.enum_class else column.type.enums[0]
        return self._generated(column)

    def _generated(self, column: Column[Any]) -> object:
        checks, patterns = list(checks_of(column)), list(_patterns_of(column))
        for value in candidates(column.type.python_type, column.name, self._number):
            matches = all(pattern.search(f"{value}") for pattern in patterns)
            if matches and all(check(value, {}) is None for check in checks):
                return value
        raise FactoryError(
            f"No value is generated for {column.table.name}.{column.name} ({column.type}). {self._remedy(column.table)}"
        )

    async def _parent(self, table: Table, *, is_shared: bool) -> RowValues:
        """Return the row that foreign keys refer to, created once per table if rows may share it."""
        if table.name not in self._parents or not is_shared:
            model = next(each.class_ for each in Base.registry.mappers if each.local_table is table)
            self._parents[table.name] = await self._insert(table, self._chosen(model))
        return self._parents[table.name]

    def _refused(self, table: Table, row: RowValues, error: IntegrityError) -> FactoryError:
        name = getattr(getattr(error.orig, "__cause__", None), "constraint_name", None)
        return FactoryError(f"The constraint {name} of {table.name} refuses {row}. {self._remedy(table)}")

    def _remedy(self, table: Table) -> str:
        return (
            f"Pass values in the call, or define them for {table.name} in the fixture `factory_values` of {self.file}."
        )


def _is_generated(column: Column[Any], given: RowValues) -> bool:
    """Return True for a required column without a default and without a given value."""
    if column.name in given or column.computed is not None:
        return False
    has_default = column.server_default is not None or (column.default is not None and not column.primary_key)
    return column.name == TENANT or column.primary_key or not (column.nullable or has_default)


def _parent_of(column: Column[Any]) -> Table | None:
    """Return the table that a column refers to."""
    keys = (key for key in column.table.foreign_key_constraints if column.name in key.column_keys)
    return next((key.referred_table for key in keys if set(key.column_keys) <= {TENANT, column.name}), None)


def _patterns_of(column: Column[Any]) -> Iterator[re.Pattern[str]]:
    """Yield the regular expressions that CHECKs compare the column with."""
    for constraint in column.table.constraints:
        if isinstance(constraint, CheckConstraint):
            found = re.fullmatch(f"{column.name} ~ '(.*)'", str(constraint.sqltext))
            if found:
                yield re.compile(found[1].replace("''", "'"))


def _is_unique(column: Column[Any]) -> bool:
    """Return True if no two rows of an organization have the same value, or if the table only links rows."""
    if column.primary_key:
        return True
    constraints = (each for each in column.table.constraints if isinstance(each, UniqueConstraint))
    return any(set(each.columns.keys()) == {TENANT, column.name} for each in constraints)


async def open_factory(
    stack: AsyncExitStack, database: TestDatabase, organization_id: UUID, values: FactoryValues, file: Path
) -> Factory:
    """Return a factory whose connection is closed by ``stack``. Each row is committed at once."""
    engine = create_async_engine(
        database.owner.url, connect_args=database.owner.connect_args, poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    stack.push_async_callback(engine.dispose)
    connection = await stack.enter_async_context(engine.connect())
    await connection.execute(text(f"SET ROLE {SYSTEM}"))
    return Factory(connection, organization_id, values, file)
