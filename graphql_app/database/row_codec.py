"""Row codec: conversion between instances of a model and the values that the driver takes and gives.

A model maps columns of one table to attributes of the same names. Its rows are read and written without SQLAlchemy's
unit of work: events of mappers, defaults that read the statement's context and cascades of relationships take no part
in it. Put such work into rules.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from sqlalchemy import ARRAY, Column, Integer, Numeric, Table
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.sql.expression import ClauseElement

from graphql_app.errors import Invalid
from graphql_app.models.base import TENANT
from graphql_app.models.columns import fits, numbers_of
from graphql_app.names import camel_case
from graphql_app.sql.compiled import DIALECT, Compiled
from graphql_app.sql.edges import Edge
from graphql_app.sql.joins import Outputs
from graphql_app.sql.writes import NEW, OLD, Returning, Verb, Write, compiled_write, key_names

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Default:
    """Replacement for None: the value of ``make``, or none to be sent where PostgreSQL has a default."""

    make: Callable[[], Any] | None
    by_server: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class RowCodec:
    """How rows of one model travel. All names are those of columns."""

    mapper: Mapper[Any]
    columns: Mapping[str, Column[Any]]
    primary: tuple[str, ...]
    keys: tuple[str, ...]
    """The primary key without the organization."""
    version: str | None
    readers: Mapping[str, Callable[[Any], Any]]
    """Conversions of the driver's values, where they differ from Python's."""
    defaults: Mapping[str, Default]
    updates: Mapping[str, Callable[[], Any]]
    """Values that Python gives to columns of each row that is updated."""
    computed: tuple[str, ...]
    """Columns to which PostgreSQL gives a value in each row that is updated."""
    numbers: tuple[Column[Any], ...]
    related: frozenset[str]
    """Relationships over which SQLAlchemy would write."""
    is_single: bool
    """True if rows are written one by one: as elements of arrays, arrays would be taken apart."""
    current: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    """Returns the values of all columns."""

    def key(self, values: Mapping[str, Any]) -> Any:
        """Return the identity key, by which a session finds the row."""
        return self.mapper.identity_key_from_primary_key(tuple(values[name] for name in self.primary))

    def values(self, names: tuple[str, ...], record: Any) -> Values:
        """Return the Python values of these columns, which a record of the driver has in this order."""
        values = dict(zip(names, record, strict=False))
        for name, read in self.readers.items():
            if name in values:
                values[name] = read(values[name])
        return values

    def loaded(self, values: Values, key: Any) -> Any:
        """Return the instance of a row that was read; to a session it is detached, and unchanged."""
        row = self.mapper.class_manager.new_instance()
        vars(row).update(values)
        instance_state(row).key = key
        return row

    def new_values(self, row: Any) -> Values:
        """Return the values of a new row. As in SQLAlchemy, None stands for the default where there is one."""
        given, values = vars(row), Values()
        if not self.related.isdisjoint(given):
            raise TypeError(f"Save rows that {type(row).__name__} is related to by themselves, or through a session.")
        for name, default in self.defaults.items():
            value = given.get(name)
            if value is None and default.make is not None:
                value = default.make()
            if value is not None or not default.by_server:
                values[name] = value
        return values

    def check(self, given: Mapping[str, Any]) -> None:
        """Raise Invalid for a number that its column cannot hold as it is: PostgreSQL would round it."""
        for column in self.numbers:
            if not fits(given.get(column.name), column.type):
                raise Invalid(f"Must be {numbers_of(column.type)}.", camel_case(column.name))


class RowState(NamedTuple):
    """A row, and the values of its columns in the database."""

    codec: RowCodec
    row: Any
    values: tuple[Any, ...]
    is_new: bool
    """True if this transaction has inserted it."""

    @property
    def is_changed(self) -> bool:
        """True if a value differs from that in the database."""
        try:
            return self.codec.current(vars(self.row)) != self.values
        except TypeError:  # an SQL expression that cannot be compared
            return True

    def changes(self) -> Values:
        """Return the values that differ from those in the database."""
        own, stored = vars(self.row), zip(self.codec.columns, self.values, strict=True)
        return {
            name: own[name]
            for name, value in stored
            if own[name] is not value and (is_expression(own[name].__class__) or own[name] != value)
        }

    def restore(self) -> None:
        """Give the row the values that it has in the database."""
        vars(self.row).update(zip(self.codec.columns, self.values, strict=True))


@cache
def is_plain(model: Any) -> bool:
    """Return whether a model maps columns of one table to attributes of the same names."""
    mapper: Mapper[Any] = model.__mapper__
    columns = getattr(mapper.local_table, "c", {})
    return (
        not mapper.inherits
        and mapper.polymorphic_on is None
        and len(mapper.column_attrs) > 1
        and all(len(each.columns) == 1 and each.columns[0] is columns.get(each.key) for each in mapper.column_attrs)
    )


@cache
def codec_of(model: Any) -> RowCodec:
    """Return the codec of a model. Raises TypeError for one that needs SQLAlchemy's machinery: use a session there."""
    mapper: Mapper[Any] = model.__mapper__
    table = mapper.local_table
    if not (isinstance(table, Table) and is_plain(model)):
        raise TypeError(f"{model.__name__} does not map columns of one table by their names: write it by a session.")
    columns = {each.key: table.c[each.key] for each in mapper.column_attrs}
    updated = {name: column.onupdate for name, column in columns.items() if column.onupdate is not None}
    by_python = {name: _made(made) for name, made in updated.items() if not made.is_clause_element}
    version = mapper.version_id_col
    versions = () if version is None else (version.name,)
    return RowCodec(
        mapper,
        columns,
        primary=tuple(column.name for column in mapper.primary_key),
        keys=tuple(key_names(table)),
        version=versions[0] if versions else None,
        readers={name: read for name, column in columns.items() if (read := _reader(column.type)) is not None},
        defaults={name: _default(mapper, column) for name, column in columns.items()},
        updates=by_python,
        computed=(*versions, *(name for name in updated if name not in by_python)),
        numbers=tuple(column for column in columns.values() if isinstance(column.type, Integer | Numeric)),
        related=frozenset(each.key for each in mapper.relationships if not each.viewonly),
        is_single=any(isinstance(column.type, ARRAY) for column in columns.values()),
        current=itemgetter(*columns),
    )


def has_expression(values: Iterable[Any]) -> bool:
    """Return whether PostgreSQL computes one of the values."""
    return any(map(is_expression, set(map(type, values))))


@cache
def is_expression(kind: Any) -> bool:
    """Return whether values of a type are computed by PostgreSQL."""
    return issubclass(kind, ClauseElement) or hasattr(kind, "__clause_element__")


def _default(mapper: Mapper[Any], column: Column[Any]) -> Default:
    if column is mapper.version_id_col and mapper.version_id_generator:
        first: Any = mapper.version_id_generator(None)
        return Default(lambda: first)
    default: Any = column.default
    by_server = column.server_default is not None or column is column.table.autoincrement_column
    if default is None or default.is_sequence or default.is_clause_element:
        return Default(None, by_server or default is not None)
    return Default(_made(default), by_server)


def _made(default: Any) -> Callable[[], Any]:
    """Return what makes the value of a default of Python's."""
    return partial(default.arg, None) if default.is_callable else lambda: default.arg


def _reader(kind: Any) -> Callable[[Any], Any] | None:
    if isinstance(kind, Numeric) and kind.asdecimal:
        return None  # the driver's numbers are Python's; SQLAlchemy would ask for the type that PostgreSQL said
    read: Callable[[Any], Any] | None = kind.dialect_impl(DIALECT).result_processor(DIALECT, None)
    return read


class Sender(Protocol):
    """Connection whose transaction the rows belong to."""

    sent: int

    async def send(self, statement: Compiled, values: Mapping[str, Any]) -> Sequence[Any]:
        """Return the driver's records. Raises what a session would."""


class Batch:
    """Rows of one model that one statement writes: with ``values`` for the same columns, or one row by itself.

    ``own`` are the rows' values that find them, in the columns ``found``: by default the key and the version. Where it
    is given, a row only gets another version if values differ, and comes back with all its columns.
    """

    def __init__(
        self,
        verb: Verb,
        codec: RowCodec,
        own: Sequence[Mapping[str, Any]],
        values: Sequence[Values],
        found: tuple[str, ...] | None = None,
    ) -> None:
        self.codec, self.own, self.values, is_insert = codec, own, values, verb is Verb.INSERT
        is_many, is_by_id = len(values) > 1, found is not None
        computed = {} if is_many else {name: each for name, each in values[0].items() if is_expression(each.__class__)}
        self.expressions: Values = computed
        names = tuple(name for name in values[0] if name not in self.expressions)
        self.columns = tuple(codec.columns) if is_by_id else _returned(codec, verb, names, tuple(self.expressions))
        versions = (codec.version,) if codec.version else ()
        self.write = Write(
            verb,
            codec.mapper.class_,
            names,
            Returning(self.columns),
            found=found if found is not None else () if is_insert else (*codec.keys, *versions),
            version=codec.version if verb is Verb.UPDATE else None,
            arrays=_differing(names, values, is_insert=is_insert) if is_many else None,
            is_distinct=is_by_id,
        )

    def arguments(self) -> Values:
        """Return the values of the statement's parameters."""
        write, own, values = self.write, self.own, self.values
        arguments: Values = {"organization": own[0][TENANT if TENANT in self.codec.primary else "id"]}
        if write.arrays is None:
            new, old = values[0], own[0]
        else:
            first = values[0]
            new = {
                name: [each[name] for each in values] if name in write.arrays else first[name] for name in write.names
            }
            old = {name: [each[name] for each in own] for name in write.found}
        arguments |= {f"{NEW}{name}": new[name] for name in write.names}
        return arguments | {f"{OLD}{name}": old[name] for name in write.found}

    def statement(self, outputs: Outputs, edge: Edge | None) -> Compiled:
        """Return the statement, which also reads the outputs, and the row at the end of the edge."""
        write = self.write
        if outputs or edge is not None:
            referred = () if edge is None else tuple(codec_of(edge.target).columns)
            write = replace(write, returned=Returning(self.columns, tuple(outputs), edge, referred))
        return compiled_write(write, tuple(self.expressions.items()))


def _returned(codec: RowCodec, verb: Verb, names: Sequence[str], expressions: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that come back of a row: its key, and what PostgreSQL computes."""
    if verb is Verb.INSERT:
        return tuple(name for name in codec.columns if name not in names or name in codec.primary)
    computed = (*codec.computed, *expressions) if verb is Verb.UPDATE else ()
    return tuple(dict.fromkeys((*codec.primary, *computed)))


def _differing(names: Sequence[str], values: Sequence[Values], *, is_insert: bool) -> tuple[str, ...]:
    """Return the columns whose values are sent as arrays: of new rows, those that are not the same in all."""
    first = values[0]
    return tuple(name for name in names if not is_insert or any(each[name] is not first[name] for each in values))
