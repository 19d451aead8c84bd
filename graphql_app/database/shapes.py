"""Models whose rows are plain: columns of one table, which can be read and written without the ORM's machinery.

What the ORM spends on a statement of one row is several times what PostgreSQL and the driver do. A model that asks for
more (inheritance, expressions, events, types of one's own) is left to the ORM.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Numeric, Table, TypeDecorator
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapper, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.types import TypeEngine

from graphql_app.statements.compiled import DIALECT

KEY = {"organization_id", "id"}
STATE = "_sa_instance_state"
"""Where SQLAlchemy keeps what it knows about an object, beside the object's columns."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """How rows of one model travel. Attributes are named as their columns; what is no attribute, nobody reads."""

    mapper: Mapper[Any]
    columns: Mapping[str, Column[Any]]
    readers: Mapping[str, Callable[[Any], Any] | None]
    """By name: what makes a Python value of the driver's where they differ."""

    def key(self, organization_id: UUID, id: UUID) -> Any:
        """Under which a session knows a row."""
        own = {"organization_id": organization_id, "id": id}
        return self.mapper.identity_key_from_primary_key(tuple(own[column.name] for column in self.mapper.primary_key))

    def holds(self, given: Mapping[str, Any]) -> bool:
        """Whether an object has nothing but values of columns: related objects and SQL expressions are the ORM's."""
        return given.keys() - self.columns.keys() == {STATE} and not any(map(_is_expression, given.values()))

    def values(self, record: Any) -> dict[str, Any]:
        """The Python values of the columns that a record of the driver has."""
        readers = self.readers
        return {name: value if (read := readers[name]) is None else read(value) for name, value in record.items()}

    def loaded(self, session: AsyncSession, record: Any) -> Any:
        """The object of a whole row, as if the session had loaded it: what is changed on it is flushed."""
        row = self.mapper.class_manager.new_instance()
        return self.keep(session, row, self.values(record))

    def keep(self, session: AsyncSession, row: Any, values: Mapping[str, Any]) -> Any:
        """``row`` as an object that the session has loaded with these values."""
        instance_dict(row).update(values)
        make_transient_to_detached(row)
        session.add(row)
        return row


@cache
def shape_of(model: type[Any]) -> Shape | None:
    """The model's shape, or None when its rows are not plain."""
    mapper: Mapper[Any] = model.__mapper__
    table = mapper.local_table
    if not isinstance(table, Table) or not _is_plain(mapper, table):
        return None
    columns = {each.key: table.c[each.key] for each in mapper.column_attrs}
    readers = {name: _reader(column.type) for name, column in columns.items()}
    return Shape(mapper, columns, readers)


def _is_expression(value: object) -> bool:
    return isinstance(value, ClauseElement) or hasattr(value, "__clause_element__")


def _is_plain(mapper: Mapper[Any], table: Table) -> bool:
    return (
        not mapper.inherits
        and mapper.polymorphic_on is None
        and not _listens(mapper)
        and all(each.columns == [table.c.get(each.key)] and not each.deferred for each in mapper.column_attrs)
        and {column.name for column in mapper.primary_key} <= KEY
        and table.autoincrement_column is None
        and all(_is_simple(table.c[each.key]) for each in mapper.column_attrs)
    )


def _listens(mapper: Mapper[Any]) -> bool:
    """Whether somebody wants to be told when a row is loaded or inserted."""
    told = mapper.dispatch
    return bool(mapper.class_manager.dispatch.load or told.before_insert or told.after_insert)


def _is_simple(column: Column[Any]) -> bool:
    """Whether a null is a null, and a default is either PostgreSQL's or a Python value."""
    default = column.default
    return (
        not isinstance(column.type, TypeDecorator)
        and not column.type.should_evaluate_none
        and (default is None or default.is_scalar or default.is_callable)
    )


def _reader(kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    if isinstance(kind, Numeric):
        return None  # the driver's numbers are Python's; SQLAlchemy would ask for the type that PostgreSQL said
    return kind.dialect_impl(DIALECT).result_processor(DIALECT, None)
