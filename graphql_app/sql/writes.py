"""INSERT, UPDATE and DELETE ... RETURNING, of one row or of many.

Values of many rows are sent as arrays, so that the text of a statement is the same for any number of rows. PostgreSQL
does not support COPY FROM with row-level security. If a payload selects more of a row than its own columns, or a rule
reads the row that a new row refers to, the write is part of a SELECT: ``WITH tasks AS (INSERT INTO tasks ... RETURNING
...) SELECT ...``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    Column,
    ColumnClause,
    ColumnElement,
    Delete,
    Insert,
    Table,
    TableValuedAlias,
    Update,
    bindparam,
    case,
    cast,
    column,
    delete,
    func,
    insert,
    inspect,
    or_,
    select,
    update,
)
from sqlalchemy.sql.schema import ColumnElementColumnDefault

from graphql_app.models.base import TENANT, Base, policy_of, table_columns
from graphql_app.sql.cascades import deleting, dependents, mapped_table
from graphql_app.sql.compiled import Compiled, compile_statement
from graphql_app.sql.edges import Edge
from graphql_app.sql.joins import Joins, Output
from graphql_app.sql.parameters import Expression, Statement, in_tenant
from graphql_app.sql.row_rules import Audience, RowRules, changeable_rows
from graphql_app.sql.select import columns_of

NEW, OLD = "new_", "old_"
"""Prefixes of parameters: values to be written, and values that identify the row (key and version)."""


class Verb(Enum):
    """Kind of write statement."""

    INSERT = "INSERT"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class Returning:
    """Values that a write returns for each row: outputs, columns, and columns of the row that ``edge`` leads to."""

    columns: tuple[str, ...]
    outputs: tuple[Output, ...] = ()
    edge: Edge | None = None
    referred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Write:
    """Shape of a write.

    ``names`` are the columns that get values; for many rows, ``arrays`` are the columns whose values differ.

    UPDATE and DELETE identify rows by the columns ``found``; UPDATE increments the column ``version``, if any. With
    ``is_distinct``, a row without a changed value keeps its version and the values that PostgreSQL computes on update.
    """

    verb: Verb
    model: type[Base]
    names: tuple[str, ...]
    returned: Returning
    found: tuple[str, ...] = ()
    version: str | None = None
    arrays: tuple[str, ...] | None = None
    is_distinct: bool = False
    audience: Audience | None = None
    rules: tuple[RowRules, ...] = ()
    """Rules of rows that are found by their values: only those that they admit for the audience are written."""
    old: tuple[str, ...] = ()
    """Columns of a single row whose values before an UPDATE are returned last."""

    @property
    def cascades(self) -> bool:
        """True if it deletes records that other records are deleted with, whose ids it returns last."""
        return self.verb is Verb.DELETE and policy_of(self.model) is not None and bool(dependents(self.model))

    @property
    def table(self) -> Table:
        """The model's table."""
        return mapped_table(self.model)

    @property
    def columns(self) -> Mapping[str, Column[Any]]:  # of any types
        """Columns of the table by the names of their attributes."""
        return table_columns(self.model)


@lru_cache(maxsize=1_000)
def compiled_write(write: Write, expressions: tuple[tuple[str, object], ...] = ()) -> Compiled:
    """Return the statement, compiled once.

    ``expressions`` are columns of its only row with SQL expressions as values. Create these once, too.
    """
    table, returned = write.table, write.returned
    found = _before(write)
    statement = BUILD[write.verb](write, dict(expressions), found)
    before = [] if found is None else [found.c[f"{OLD}{name}"].label(f"{OLD}{name}") for name in write.old]
    if write.cascades and isinstance(statement, Delete):
        return compile_statement(deleting(statement, write.model, *(write.columns[name] for name in returned.columns)))
    if not returned.outputs and returned.edge is None:
        return compile_statement(statement.returning(*(write.columns[name] for name in returned.columns), *before))
    written = statement.returning(*table.c, *before).cte(table.name)
    return compile_statement(_selecting(written, write, [each.name for each in before]))


def key_names(model: type[Base]) -> tuple[str, ...]:
    """Return the columns that identify a row within its organization."""
    return tuple(name for name, column in table_columns(model).items() if column.primary_key and name != TENANT)


def _insert(write: Write, expressions: dict[str, object], _: CTE | None) -> Insert:
    table, arrays = write.table, write.arrays
    if arrays is None:
        return insert(table).values(_by_column(write, _new(write, None) | expressions))
    new = _new(write, _given(write, [(name, f"{NEW}{name}") for name in arrays]))
    return insert(table).from_select([*_by_column(write, new)], select(*new.values()), include_defaults=False)


def _update(write: Write, expressions: dict[str, object], before: CTE | None) -> Update:
    own, version = write.columns, write.version
    conditions, given = _found(write)
    if before is not None:
        keys = (own[name] == before.c[f"{OLD}{name}"] for name in key_names(write.model))
        conditions = [in_tenant(write.table.c), *keys]
    new = _new(write, given)
    computed: dict[str, object] = {} if version is None else {version: own[version] + 1}
    if write.is_distinct and not expressions:
        updates = [(name, each.onupdate) for name, each in own.items()]
        stamps = {name: update.arg for name, update in updates if isinstance(update, ColumnElementColumnDefault)}
        # the cast gives a parameter the same type in both of its places
        differs = or_(*(own[name].is_distinct_from(cast(value, own[name].type)) for name, value in new.items()))
        values = {name: value for name, value in (stamps | computed).items() if name not in new}
        computed = {name: case((differs, value), else_=own[name]) for name, value in values.items()}
    return update(write.table).where(*conditions).values(_by_column(write, new | expressions | computed))


def _before(write: Write) -> CTE | None:
    """Return the CTE that finds and locks the row of an UPDATE with its old values; None if they are not returned.

    Because of the lock, they belong to the version that the UPDATE replaces, even if another transaction has just
    changed the row. (RETURNING OLD requires PostgreSQL 18.)
    """
    if not write.old:
        return None
    names = dict.fromkeys((*key_names(write.model), *write.old))
    columns = [write.columns[name].label(f"{OLD}{name}") for name in names]
    return select(*columns).where(*_found(write)[0]).with_for_update(key_share=True).cte("before")


def _by_column(write: Write, values: Mapping[str, object]) -> dict[Column[Any], object]:
    return {write.columns[name]: value for name, value in values.items()}


def _delete(write: Write, _: dict[str, object], __: CTE | None) -> Delete:
    return delete(write.table).where(*_found(write)[0])


BUILD = {Verb.INSERT: _insert, Verb.UPDATE: _update, Verb.DELETE: _delete}


def _found(write: Write) -> tuple[list[ColumnElement[bool]], TableValuedAlias | None]:
    """Return the conditions that identify the rows, and for many rows the table of their values."""
    own, found, tenant = write.columns, write.found, in_tenant(write.table.c)
    if write.arrays is None:
        old = {name: bindparam(f"{OLD}{name}", type_=own[name].type) for name in found}
        return [tenant, *_rules(write), *(own[name] == old[name] for name in found)], None
    sent = [*((name, f"{OLD}{name}") for name in found), *((name, f"{NEW}{name}") for name in write.names)]
    given = _given(write, sent)
    return [tenant, *(own[name] == given.c[f"{OLD}{name}"] for name in found)], given


def _rules(write: Write) -> list[ColumnElement[bool]]:
    """Return the conditions of the rules on the rows that the audience may see and change."""
    return [] if write.audience is None else changeable_rows(write.rules, write.model, write.audience)


def _given(write: Write, sent: Sequence[tuple[str, str]]) -> TableValuedAlias:
    """Return a table with the values of many rows from one array per column, given by name and label."""
    arrays = [bindparam(label, type_=ARRAY(write.columns[name].type)) for name, label in sent]
    columns = [column(label, write.columns[name].type) for name, label in sent]
    return func.unnest(*arrays).table_valued(*columns, name="given").render_derived(name="given")


def _new(write: Write, given: TableValuedAlias | None) -> dict[str, Expression]:
    """Return the new values of the columns: columns of ``given`` where it has them, otherwise parameters."""
    columns, labels = {} if given is None else dict(given.c), {name: f"{NEW}{name}" for name in write.names}
    parameters = {name: bindparam(label, type_=write.columns[name].type) for name, label in labels.items()}
    return {name: columns.get(label, parameters[name]) for name, label in labels.items()}


def _selecting(written: CTE, write: Write, last: Sequence[str]) -> Statement:
    """Return the SELECT that reads the written rows instead of their table, whose name the CTE has.

    Its ``last`` columns are further columns of the CTE.
    """
    returned = write.returned
    referred = () if returned.edge is None else (Output(name, path=(returned.edge,)) for name in returned.referred)
    joins = Joins(write.model, write.audience)
    columns = columns_of((*returned.outputs, *map(Output, returned.columns), *referred), joins)
    for name in last:
        further: ColumnClause[Any] = column(name)  # of any type
        further.table = inspect(joins.entity).selectable
        columns.append(further)
    return joins.joined(select(*columns).select_from(joins.entity)).add_cte(written)
