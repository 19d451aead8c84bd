"""INSERT, UPDATE and DELETE as values, of one row and of many, with what they return.

Values of many rows travel as arrays, so that the text of a statement is the same for any number of rows. COPY is no
alternative: PostgreSQL refuses it where row-level security applies. Where a payload shows more of a row than its own
columns, or a rule wants the row that a new one refers to, the write is part of the SELECT that reads it:
``WITH tasks AS (INSERT INTO tasks ... RETURNING ...) SELECT ...``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, Select, Table, bindparam, case, cast, column, delete, func, insert, or_, select, update

from graphql_app.models.base import TENANT, Base
from graphql_app.sql.compiled import Compiled, compile_statement
from graphql_app.sql.edges import Edge
from graphql_app.sql.joins import Joins, Output
from graphql_app.sql.parameters import in_tenant
from graphql_app.sql.select import columns_of

NEW, OLD = "new_", "old_"
"""Prefixes of parameters: values to be written, and those that find the row: its key and its version."""


class Verb(Enum):
    """Kind of a write."""

    INSERT = "INSERT"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class Returning:
    """Values that a write returns of each row: outputs, columns, and columns of the row at the end of ``edge``."""

    columns: tuple[str, ...]
    outputs: tuple[Output, ...] = ()
    edge: Edge | None = None
    referred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Write:
    """Shape of a write. ``names`` are the columns that get values; of many rows, ``arrays`` are those that differ.

    UPDATE and DELETE find rows by the columns ``found``; an UPDATE counts up the ``version``, if there is one. With
    ``is_distinct``, a row in which no value differs keeps its version and what PostgreSQL computes of updated rows.
    """

    verb: Verb
    model: type[Base]
    names: tuple[str, ...]
    returned: Returning
    found: tuple[str, ...] = ()
    version: str | None = None
    arrays: tuple[str, ...] | None = None
    is_distinct: bool = False

    @property
    def table(self) -> Table:
        """The model's table."""
        table: Any = self.model.__table__
        assert isinstance(table, Table)
        return table


@lru_cache(maxsize=1_000)
def compiled_write(write: Write, expressions: tuple[tuple[str, Any], ...] = ()) -> Compiled:
    """Return the statement, compiled once.

    ``expressions`` are columns of its one row that get the values of SQL expressions: build them once, too.
    """
    table, returned = write.table, write.returned
    statement = BUILD[write.verb](write, dict(expressions))
    if not returned.outputs and returned.edge is None:
        return compile_statement(statement.returning(*(table.c[name] for name in returned.columns)))
    return compile_statement(_reading(statement.returning(*table.c).cte(table.name), write))


def key_names(table: Table) -> tuple[str, ...]:
    """Return the columns that find a row within its organization."""
    return tuple(key.name for key in table.primary_key if key.name != TENANT)


def _insert(write: Write, expressions: dict[str, Any]) -> Any:
    table, arrays = write.table, write.arrays
    if arrays is None:
        return insert(table).values({name: _new(table, name) for name in write.names} | expressions)
    given = _given(table, [(name, f"{NEW}{name}") for name in arrays])
    columns = [given.c[f"{NEW}{name}"] if name in arrays else _new(table, name) for name in write.names]
    return insert(table).from_select(list(write.names), select(*columns), include_defaults=False)


def _update(write: Write, expressions: dict[str, Any]) -> Any:
    table, version = write.table, write.version
    conditions, given = _found(write)
    new = {name: _new(table, name) if given is None else given.c[f"{NEW}{name}"] for name in write.names}
    computed: dict[str, Any] = {} if version is None else {version: table.c[version] + 1}
    if write.is_distinct and not expressions:
        defaults: dict[str, Any] = {each.name: each.onupdate for each in table.c if each.onupdate is not None}
        stamps = {name: default.arg for name, default in defaults.items() if default.is_clause_element}
        # the cast gives a parameter one type in both places where it stands
        differs = or_(*(table.c[name].is_distinct_from(cast(value, table.c[name].type)) for name, value in new.items()))
        counted = {name: value for name, value in (stamps | computed).items() if name not in new}
        computed = {name: case((differs, value), else_=table.c[name]) for name, value in counted.items()}
    return update(table).where(*conditions).values(new | expressions | computed)


def _delete(write: Write, _: dict[str, Any]) -> Any:
    conditions, _given_rows = _found(write)
    return delete(write.table).where(*conditions)


BUILD = {Verb.INSERT: _insert, Verb.UPDATE: _update, Verb.DELETE: _delete}


def _found(write: Write) -> tuple[list[Any], Any]:
    """Return the conditions that find the rows, and the table of the values that are given for many."""
    table, found = write.table, write.found
    if write.arrays is None:
        old = {name: bindparam(f"{OLD}{name}", type_=table.c[name].type) for name in found}
        return [in_tenant(table.c), *(table.c[name] == old[name] for name in found)], None
    sent = [*((name, f"{OLD}{name}") for name in found), *((name, f"{NEW}{name}") for name in write.names)]
    given = _given(table, sent)
    return [in_tenant(table.c), *(table.c[name] == given.c[f"{OLD}{name}"] for name in found)], given


def _given(table: Table, sent: Sequence[tuple[str, str]]) -> Any:
    """Return the values of many rows as a table, made of an array for each column: its name and its label."""
    arrays = [bindparam(label, type_=ARRAY(table.c[name].type)) for name, label in sent]
    columns = [column(label, table.c[name].type) for name, label in sent]
    return func.unnest(*arrays).table_valued(*columns, name="given").render_derived(name="given")


def _new(table: Table, name: str) -> Any:
    return bindparam(f"{NEW}{name}", type_=table.c[name].type)


def _reading(written: Any, write: Write) -> Select[Any]:
    """Return the SELECT to which the rows that were written are all that there is of their table."""
    returned = write.returned
    referred = () if returned.edge is None else (Output(name, path=(returned.edge,)) for name in returned.referred)
    reach = Joins(write.model)
    columns = columns_of((*returned.outputs, *map(Output, returned.columns), *referred), reach)
    return reach.joined(select(*columns).select_from(reach.entity)).add_cte(written)
