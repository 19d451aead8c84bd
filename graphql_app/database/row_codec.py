"""Row codec: conversion between instances of a model and values of the driver.

A model maps each column of one table to one attribute. Its rows are read and written without SQLAlchemy's
unit of work: mapper events, context-sensitive defaults and cascades of relationships are not supported. Implement them
in rules.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from operator import itemgetter
from typing import Any, NamedTuple, cast

from sqlalchemy import Column, Table
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault

from graphql_app.errors import Invalid
from graphql_app.models.base import TENANT, Base, ReferenceBase, ViewBase, policy_of, table_columns
from graphql_app.models.events import logged_columns
from graphql_app.models.kinds.kind import ColumnKind, Conversion, kind_of
from graphql_app.names import camel_case
from graphql_app.sql.compiled import Compiled
from graphql_app.sql.edges import Edge
from graphql_app.sql.joins import Outputs
from graphql_app.sql.row_rules import RowScope
from graphql_app.sql.writes import NEW, OLD, Returning, Verb, Write, compiled_write, key_names

type ColumnValues = dict[str, Any]
"""Values of columns, of their types, by name."""
type ColumnsByName = Mapping[str, Column[Any]]  # of any types
type IdentityKey = tuple[type[Base], tuple[object, ...], object]


@dataclass(frozen=True, slots=True)
class Default:
    """Replacement for None in a new row: the value of ``make``, or no value if PostgreSQL has a default."""

    make: Callable[[], object] | None
    by_server: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class RowCodec:
    """Columns of a model and the conversions of its rows. All names are names of mapped attributes."""

    mapper: Mapper[Base]
    columns: ColumnsByName
    primary: tuple[str, ...]
    keys: tuple[str, ...]
    """The primary key without the organization."""
    version: str | None
    readers: Mapping[str, Conversion]
    """Conversions of the driver's values that differ from Python's."""
    defaults: Mapping[str, Default]
    updates: Mapping[str, Callable[[], object]]
    """Functions that return the values of columns set by Python on each update."""
    computed: tuple[str, ...]
    """Columns set by PostgreSQL on each update."""
    limited: Mapping[str, ColumnKind]
    """Kinds of the columns that cannot hold every value of their Python type."""
    related: frozenset[str]
    """Relationships that SQLAlchemy would write."""
    is_single: bool
    """True if rows are written one by one: unnest would flatten values that are arrays."""
    current: Callable[[Mapping[str, object]], tuple[object, ...]]
    """Returns the values of all columns."""
    has_events: bool
    logged: tuple[str, ...]
    """Columns whose values events contain."""

    def key(self, values: Mapping[str, object]) -> IdentityKey:
        """Return the identity key, by which a session finds the row."""
        return self.mapper.identity_key_from_primary_key(tuple(values[name] for name in self.primary))

    def values(self, names: tuple[str, ...], record: Iterable[object]) -> ColumnValues:
        """Return the Python values of the columns ``names``, whose values a record has in this order."""
        values = dict(zip(names, record, strict=False))
        for name, read in self.readers.items():
            if name in values:
                values[name] = read(values[name])
        return values

    def loaded(self, values: ColumnValues, key: IdentityKey) -> Base:
        """Return the instance of a row that was read, in SQLAlchemy's state "detached" and unmodified."""
        row: Base = self.mapper.class_manager.new_instance()
        vars(row).update(values)
        instance_state(row).key = key
        return row

    def new_values(self, row: Base) -> ColumnValues:
        """Return the values of a new row. As in SQLAlchemy, None is replaced by the default, if any."""
        given = vars(row)
        values: ColumnValues = {}
        if not self.related.isdisjoint(given):
            raise TypeError(f"Save rows related to {type(row).__name__} separately, or by a session.")
        for name, default in self.defaults.items():
            value = given.get(name)
            if value is None and default.make is not None:
                value = default.make()
            if value is not None or not default.by_server:
                values[name] = value
        return values

    def is_alone(self, values: ColumnValues) -> bool:
        """Return True if a row with these values requires its own statement."""
        return self.is_single or any(map(is_expression, set(map(type, values.values()))))

    def check(self, given: Mapping[str, object]) -> None:
        """Raise Invalid for a value that its column cannot hold exactly: PostgreSQL would round or reject it."""
        for name, kind in self.limited.items():
            value = given.get(name)
            if value is not None and (problem := kind.problem(value)) is not None:
                raise Invalid(problem, camel_case(name))


class RowState(NamedTuple):
    """Row, and the values of its columns in the database."""

    codec: RowCodec
    row: Base
    values: tuple[object, ...]
    is_new: bool
    """True if this transaction has inserted the row."""

    @property
    def is_changed(self) -> bool:
        """True if a value differs from the value in the database."""
        try:
            return self.codec.current(vars(self.row)) != self.values
        except TypeError:  # an SQL expression that cannot be compared
            return True

    def changes(self) -> ColumnValues:
        """Return the values that differ from those in the database."""
        own, stored = vars(self.row), zip(self.codec.columns, self.values, strict=True)
        return {
            name: own[name]
            for name, value in stored
            if own[name] is not value and (is_expression(own[name].__class__) or own[name] != value)
        }

    def restore(self) -> None:
        """Set the columns of the row to their values in the database."""
        vars(self.row).update(zip(self.codec.columns, self.values, strict=True))


@cache
def is_plain(model: type[Base]) -> bool:
    """Return True if a model maps columns of one table to one attribute each, besides SQL expressions."""
    mapper = model.__mapper__
    mapped = [each for each in mapper.column_attrs if isinstance(each.columns[0], Column)]
    return (
        not mapper.inherits
        and mapper.polymorphic_on is None
        and isinstance(mapper.local_table, Table)
        and len(mapped) == len(table_columns(model)) > 1
        and all(len(each.columns) == 1 for each in mapped)
    )


@cache
def codec_of(model: type[Base]) -> RowCodec:
    """Return the codec of a model. Raises TypeError for a model that requires SQLAlchemy's unit of work."""
    mapper = model.__mapper__
    table = mapper.local_table
    if not (isinstance(table, Table) and is_plain(model)):
        raise TypeError(f"{model.__name__} does not map columns of one table to one attribute each: use a session.")
    columns, policy = table_columns(model), policy_of(model)
    kinds = {name: kind_of(column.type) for name, column in columns.items()}
    updated = {name: column.onupdate for name, column in columns.items() if column.onupdate is not None}
    by_python = {name: make for name, default in updated.items() if (make := _made(default)) is not None}
    version = mapper.version_id_col
    versions = tuple(name for name, column in columns.items() if column is version)
    return RowCodec(
        mapper,
        columns,
        primary=tuple(mapper.get_property_by_column(column).key for column in mapper.primary_key),
        keys=key_names(model),
        version=versions[0] if versions else None,
        readers={name: kind.reader for name, kind in kinds.items() if kind.reader is not None},
        defaults={name: _default(mapper, column) for name, column in columns.items()},
        updates=by_python,
        computed=(
            *versions,
            *(name for name in updated if name not in by_python),
            *(name for name, column in columns.items() if column.computed is not None),
        ),
        limited={name: kind for name, kind in kinds.items() if kind.is_limited},
        related=frozenset(each.key for each in mapper.relationships if not each.viewonly),
        is_single=any(kind.is_array for kind in kinds.values()),
        current=itemgetter(*columns),
        has_events=policy is not None,
        logged=() if policy is None else logged_columns(columns, policy),
    )


@cache
def is_expression(kind: type) -> bool:
    """Return True if values of a type are SQL expressions."""
    return issubclass(kind, ClauseElement) or hasattr(kind, "__clause_element__")


def _default(mapper: Mapper[Base], column: Column[Any]) -> Default:  # of any type
    if column is mapper.version_id_col and mapper.version_id_generator:
        first = mapper.version_id_generator(None)
        return Default(lambda: first)
    by_server = column.server_default is not None or column is column.table.autoincrement_column
    make = _made(column.default)
    return Default(make, by_server or (make is None and column.default is not None))


def _made(default: object) -> Callable[[], object] | None:
    """Return the function that returns the value of a default, or None if PostgreSQL computes the value."""
    if isinstance(default, CallableColumnDefault):
        return partial(default.arg, cast(Any, None))  # without the context of a statement
    return (lambda: default.arg) if isinstance(default, ScalarElementColumnDefault) else None


class Batch:
    """Rows of one model that one statement writes: rows with ``values`` of the same columns, or a single row.

    ``own`` contains the values that identify the rows, in the columns ``found``: by default the key and the version. If
    ``found`` is given, the version of a row is incremented only if a value differs, and all its columns are returned.
    With a ``scope``, rows that its viewer may not see or change are not written.
    """

    def __init__(
        self,
        verb: Verb,
        codec: RowCodec,
        own: Sequence[Mapping[str, object]],
        values: Sequence[ColumnValues],
        found: tuple[str, ...] | None = None,
        scope: RowScope | None = None,
    ) -> None:
        self.codec, self.own, self.values, is_insert = codec, own, values, verb is Verb.INSERT
        self.scope = scope
        if issubclass(codec.mapper.class_, ReferenceBase | ViewBase):
            raise TypeError(f"{codec.mapper.class_.__name__} is read-only: a reference table or a database view.")
        is_many, is_by_id = len(values) > 1, found is not None
        computed = {} if is_many else {name: each for name, each in values[0].items() if is_expression(each.__class__)}
        self.expressions: ColumnValues = computed
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
            audience=None if scope is None else scope.audience,
            rules=() if scope is None else scope.rules,
            old=names if is_by_id and verb is Verb.UPDATE and codec.has_events else (),
        )

    def arguments(self) -> ColumnValues:
        """Return the values of the parameters."""
        write, own, values = self.write, self.own, self.values
        organization = own[0][TENANT if TENANT in self.codec.primary else "id"]
        arguments: ColumnValues = {"organization": organization} if self.scope is None else self.scope.ids
        if write.arrays is None:
            new, old = values[0], own[0]
        else:
            new = values[0] | {name: [each[name] for each in values] for name in write.arrays}
            old = {name: [each[name] for each in own] for name in write.found}
        arguments |= {f"{NEW}{name}": new[name] for name in write.names}
        return arguments | {f"{OLD}{name}": old[name] for name in write.found}

    def statement(self, outputs: Outputs, edge: Edge | None) -> Compiled:
        """Return the statement, which also selects the outputs and the row that the edge leads to."""
        write = self.write
        if outputs or edge is not None:
            referred = () if edge is None else tuple(codec_of(edge.target).columns)
            write = replace(write, returned=Returning(self.columns, tuple(outputs), edge, referred))
        return compiled_write(write, tuple(self.expressions.items()))


def _returned(codec: RowCodec, verb: Verb, names: Sequence[str], expressions: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that the statement returns: the key, and columns that PostgreSQL computes."""
    if verb is Verb.INSERT:
        return tuple(name for name in codec.columns if name not in names or name in codec.primary)
    computed = (*codec.computed, *expressions) if verb is Verb.UPDATE else ()
    return tuple(dict.fromkeys((*codec.primary, *computed)))


def _differing(names: Sequence[str], values: Sequence[ColumnValues], *, is_insert: bool) -> tuple[str, ...]:
    """Return the columns that are sent as arrays: for new rows, the columns whose values differ in identity."""
    first = values[0]
    return tuple(name for name in names if not is_insert or any(each[name] is not first[name] for each in values))
