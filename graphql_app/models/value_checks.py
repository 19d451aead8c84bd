"""Checks of the expressions of computed values, before a server starts.

A subquery must restrict each table that it reads to the organization of the row. Row-level security does this too, but
isolation must not depend on a single safeguard, and the index of a table begins with the organization.
"""

from collections.abc import Iterator

from sqlalchemy import (
    BinaryExpression,
    Column,
    ColumnElement,
    FromClause,
    Select,
    SelectBase,
    TextClause,
)
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BooleanClauseList
from sqlalchemy.sql.expression import ClauseElement, Join

from graphql_app.models.base import TENANT, Base, RootBase, tenant_column
from graphql_app.models.kinds.kind import Selected

type Place = tuple[str, str]
"""Names of a table or alias, and of a column."""


def expression_problems(model: type[Base], expression: Selected) -> Iterator[str]:
    """Yield a line for each part of an expression that statements cannot contain."""
    own, parts = model.__tablename__, [*_parts(expression)]
    for part in parts:
        if isinstance(part, TextClause):
            yield "text() cannot be checked; write the expression with the columns of the model"
        elif isinstance(part, Column) and _place(part)[0] != own:
            yield f"it reads {part} outside a subquery; read other tables in select(...).scalar_subquery()"
    column = tenant_column(model)
    tied = set() if column is None else {(own, str(column.key))}
    for part in parts:
        if isinstance(part, SelectBase):
            yield from _query_problems(model, part, {*tied}, own)


def _parts(element: ClauseElement) -> Iterator[ClauseElement]:
    """Yield the parts of an expression, including subqueries, but not their contents."""
    yield element
    if not isinstance(element, SelectBase):
        for child in element.get_children():
            if isinstance(child, ClauseElement) and not isinstance(child, FromClause):
                yield from _parts(child)


def _query_problems(model: type[Base], query: SelectBase, tied: set[Place], outer: str) -> Iterator[str]:
    """Yield a line for each table of a subquery that is not tied to the organization by ``tied`` columns."""
    if not isinstance(query, Select):
        yield "its subquery is not a plain select(...)"
        return
    tables = [table for each in query.get_final_froms() for table in _tables(each) if _name(table) != outer]
    if not tables:
        yield f"its subquery reads no other table; use aliased({model.__name__}) for other rows of the same table"
    conditions = [
        *_conjuncts(query.whereclause),
        *(each for join in _joins(query) for each in _conjuncts(join.onclause)),
    ]
    _tie(conditions, tied)
    for table in tables:
        column = _tenant_of(model, table)
        if column is None:
            yield f"its subquery reads {table.description}, which is no table with an organization"
        elif column and (_name(table), column) not in tied:
            name = model.__name__
            yield (
                f"its subquery reads {table.description} of all organizations; "
                f"add .where({table.description}.{column} == {name}.{TENANT})"
            )
    for part in (each for condition in (*conditions, *query.selected_columns) for each in _parts(condition)):
        if isinstance(part, SelectBase):
            yield from _query_problems(model, part, {*tied}, outer)


def _tables(source: FromClause) -> Iterator[FromClause]:
    if isinstance(source, Join):
        yield from (*_tables(source.left), *_tables(source.right))
    else:
        yield source


def _joins(query: Select[*tuple[object, ...]]) -> Iterator[Join]:
    waiting = [*query.get_final_froms()]
    while waiting:
        if isinstance(source := waiting.pop(), Join):
            yield source
            waiting += (source.left, source.right)


def _conjuncts(condition: ClauseElement | None) -> Iterator[ColumnElement[bool]]:
    if isinstance(condition, BooleanClauseList) and condition.operator is operators.and_:
        for each in condition.clauses:
            yield from _conjuncts(each)
    elif isinstance(condition, ColumnElement):
        yield condition


def _tie(conditions: list[ColumnElement[bool]], tied: set[Place]) -> None:
    """Add the columns that must be equal to a tied column."""
    pairs = [
        (_place(each.left), _place(each.right))
        for each in conditions
        if isinstance(each, BinaryExpression)
        and each.operator is operators.eq
        and isinstance(each.left, Column)
        and isinstance(each.right, Column)
    ]
    for _ in pairs:
        for pair in pairs:
            if not tied.isdisjoint(pair):
                tied.update(pair)


def _name(table: FromClause) -> str:
    return str(getattr(table, "name", ""))


def _place(column: Column[object]) -> Place:
    return _name(column.table), column.key


def _tenant_of(model: type[Base], table: FromClause) -> str | None:
    """Return the name of the column with the organization; "" for a reference table, None if there is none."""
    source = getattr(table, "element", table)  # of an alias
    declared = next((each.class_ for each in model.registry.mappers if each.local_table is source), None)
    if declared is not None and getattr(declared, "__is_shared__", False):
        return ""
    if TENANT in table.c:
        return TENANT
    return "id" if declared is not None and issubclass(declared, RootBase) else None
