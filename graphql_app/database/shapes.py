"""Models whose rows are plain: columns of one table, which can be read and written without the ORM's machinery.

What the ORM spends on a statement of one row is several times what PostgreSQL and the driver do. A model that asks for
more (inheritance, expressions, events, types of one's own) is left to the ORM.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Numeric, Table, TypeDecorator
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.attributes import instance_dict, instance_state
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.types import TypeEngine

from graphql_app.statements.compiled import DIALECT

KEY = {"organization_id", "id"}
STATE = "_sa_instance_state"
"""Where SQLAlchemy keeps what it knows about an object, beside the object's columns."""


@dataclass(frozen=True, slots=True)
class Default:
    """What stands for None: what ``make`` gives, or nothing at all where PostgreSQL has a default."""

    make: Callable[[], Any] | None
    by_server: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """How rows of one model travel. Attributes are named as their columns; what is no attribute, nobody reads."""

    mapper: Mapper[Any]
    columns: Mapping[str, Column[Any]]
    primary: Sequence[str]
    """The names of its key's columns."""
    readers: Mapping[str, Callable[[Any], Any]]
    """By name, where they differ: what makes a Python value of the driver's."""
    defaults: Mapping[str, Default]
    """By name, for all columns: what stands for None in a new row."""

    def key(self, organization_id: UUID, id: UUID | None) -> Any:
        """Under which a session knows a row."""
        own = {"organization_id": organization_id, "id": id}
        return self.mapper.identity_key_from_primary_key(tuple(own[name] for name in self.primary))

    def holds(self, given: Mapping[str, Any]) -> bool:
        """Whether an object has nothing but values of columns: related objects and SQL expressions are the ORM's."""
        return given.keys() - self.columns.keys() == {STATE} and not any(map(_is_expression, given.values()))

    def values(self, record: Any) -> dict[str, Any]:
        """The Python values of the columns that a record of the driver has."""
        values = dict(record)
        for name, read in self.readers.items():
            if name in values:
                values[name] = read(values[name])
        return values

    def loaded(self, record: Any) -> Any:
        """The object of a whole row, as if a session had loaded it: what is changed on it can be flushed."""
        return self.settled(self.mapper.class_manager.new_instance(), self.values(record))

    def settled(self, row: Any, values: dict[str, Any]) -> Any:
        """``row`` as an object that has these values in the database, and belongs to no session yet."""
        state, own = instance_state(row), instance_dict(row)
        own.update(values)
        state.key = self.mapper.identity_key_from_primary_key(tuple(values[name] for name in self.primary))
        state._commit_all(own)
        return row


@cache
def shape_of(model: type[Any]) -> Shape | None:
    """The model's shape, or None when its rows are not plain."""
    mapper: Mapper[Any] = model.__mapper__
    table = mapper.local_table
    if not isinstance(table, Table) or not _is_plain(mapper, table):
        return None
    columns = {each.key: table.c[each.key] for each in mapper.column_attrs}
    readers = {name: read for name, column in columns.items() if (read := _reader(column.type)) is not None}
    defaults = {name: _default(mapper, column) for name, column in columns.items()}
    return Shape(mapper, columns, [column.name for column in mapper.primary_key], readers, defaults)


def _default(mapper: Mapper[Any], column: Column[Any]) -> Default:
    default: Any = column.default
    if column is mapper.version_id_col and mapper.version_id_generator:
        first: Any = mapper.version_id_generator(None)
        return Default(lambda: first)
    make = None if default is None else partial(default.arg, None) if default.is_callable else lambda: default.arg
    return Default(make, column.server_default is not None)


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
