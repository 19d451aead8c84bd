"""Aggregates: what is computed over a list instead of listing it, as one row or in groups.

One statement serves any number of parents: the parent's key is the first thing that rows are grouped by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, func, literal_column, null, select

from graphql_app.sql.conditions import owned
from graphql_app.sql.joins import Aliases
from graphql_app.sql.parameters import in_keys
from graphql_app.sql.select import List, conditions


@dataclass(frozen=True, slots=True)
class Measure:
    """``function`` (count, sum, avg, min, max) of a column over the rows; count has no column."""

    function: str
    column: str = ""


COUNT = Measure("count")


@dataclass(frozen=True, slots=True)
class Bucket:
    """What rows of a group have in common: a column's value, or the stretch of time that it falls into.

    ``every`` is a unit that date_trunc knows (day, week, month); days begin at midnight in ``time_zone``.
    """

    column: str
    every: str | None = None
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Grouping:
    """How a list is grouped, what is computed of each group, and how many groups are wanted at most."""

    buckets: tuple[Bucket, ...]
    measures: tuple[Measure, ...]
    most: int


def select_aggregates(wanted: List, measures: Sequence[Measure]) -> Executable:
    """The measures of the whole list: ``(key, measure, ..)``; a key without rows is absent."""
    entity = Aliases.of(wanted.model).row()
    values = [_measured(measure, entity) for measure in measures]
    rows: Select[Any] = select(*values).select_from(entity).where(*conditions(wanted, entity))
    if wanted.edge is None:
        return rows.with_only_columns(null(), *values)
    rows, owner = owned(rows, wanted.edge, entity)
    return rows.with_only_columns(owner, *values).where(in_keys(owner)).group_by(owner)


def select_groups(wanted: List, grouping: Grouping) -> Executable:
    """The largest groups of each key, largest first: ``(key, place, bucket value, .., measure, ..)``.

    Groups of one size come in the order of their bucket values.
    """
    entity = Aliases.of(wanted.model).row()
    rows: Select[Any] = select(literal_column("1")).select_from(entity).where(*conditions(wanted, entity))
    owner: ColumnElement[Any] | None = None
    if wanted.edge is not None:
        rows, owner = owned(rows, wanted.edge, entity)
        rows = rows.where(in_keys(owner))
    grouped = _grouped(rows, owner, grouping, entity)
    return select(grouped).where(grouped.c.place <= grouping.most).order_by(grouped.c.key, grouped.c.place)


def _grouped(rows: Any, owner: Any, grouping: Grouping, entity: Any) -> Any:
    """Every group with its place among those of its key."""
    shared = [_bucket(bucket, entity).label(f"bucket_{index}") for index, bucket in enumerate(grouping.buckets)]
    values = [_measured(measure, entity).label(f"measure_{index}") for index, measure in enumerate(grouping.measures)]
    by_size = [func.count().desc(), *(column.element.asc() for column in shared)]
    place = func.row_number().over(partition_by=owner, order_by=by_size).label("place")
    key = null().label("key") if owner is None else owner.label("key")
    keys = [column.element for column in shared] if owner is None else [owner, *(column.element for column in shared)]
    return rows.with_only_columns(key, place, *shared, *values).group_by(*keys).subquery("grouped")


def _measured(measure: Measure, entity: Any) -> Any:
    if measure == COUNT:
        return func.count()
    return getattr(func, measure.function)(getattr(entity, measure.column))


def _bucket(bucket: Bucket, entity: Any) -> Any:
    column = getattr(entity, bucket.column)
    if bucket.every is None:
        return column.expression if hasattr(column, "expression") else column
    # literals, not parameters: GROUP BY and SELECT have to be recognised as the same expression
    return func.date_trunc(_literal(bucket.every), column, _literal(bucket.time_zone))


def _literal(text: str) -> ColumnElement[str]:
    return literal_column("'" + text.replace("'", "''") + "'")
