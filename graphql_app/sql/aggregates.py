"""Aggregates of a list: measures of all its rows, or of groups of its rows.

One statement serves any number of parents: rows are grouped by the key of the parent first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Subquery, func, literal_column, null, select

from graphql_app.models.base import Entity
from graphql_app.models.kinds import kind_of
from graphql_app.models.values import select_value
from graphql_app.sql.conditions import owned
from graphql_app.sql.joins import Aliases
from graphql_app.sql.parameters import Expression, Statement, in_keys
from graphql_app.sql.row_rules import Audience, key_column
from graphql_app.sql.select import List, conditions

__all__ = ["COUNT", "Bucket", "Grouping", "Measure"]


@dataclass(frozen=True, slots=True)
class Measure:
    """Aggregate ``function`` (count, sum, avg, min, max) of a column; ``count`` takes no column."""

    function: str
    column: str = ""


COUNT = Measure("count")
"""Measure that counts rows."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Common property of the rows of a group: the value of a column, or the period of time that contains it.

    ``every`` is a unit of date_trunc (day, week, month); days begin at midnight in ``time_zone``.
    """

    column: str
    every: str | None = None
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Grouping:
    """Groups of a list: properties that group its rows, measures of a group, and the maximum number of groups."""

    buckets: tuple[Bucket, ...]
    measures: tuple[Measure, ...]
    most: int


def select_aggregates(listing: List, measures: Sequence[Measure]) -> Statement:
    """Return a SELECT of the measures of all rows: ``(key, measure, ..)``. Keys without rows are absent."""
    entity = Aliases.of(listing.model).row()
    values = [_measured(measure, entity) for measure in measures]
    rows, owner = _of_keys(listing, entity)
    if owner is None:
        return rows.with_only_columns(null(), *values)
    return rows.with_only_columns(owner, *values).group_by(owner)


def select_groups(listing: List, grouping: Grouping) -> Statement:
    """Return a SELECT of the largest groups of each key: ``(key, rank, bucket value, .., measure, ..)``.

    The largest group is first. Groups of equal size are sorted by their bucket values.
    """
    entity = Aliases.of(listing.model).row()
    grouped = _grouped(*_of_keys(listing, entity), grouping, entity, listing.audience)
    return select(grouped).where(grouped.c.place <= grouping.most).order_by(grouped.c.key, grouped.c.place)


def _of_keys(listing: List, entity: Entity) -> tuple[Statement, Expression | None]:
    """Return a SELECT of the rows of the list, and its column with the parent key, if any."""
    rows: Statement = select(literal_column("1")).select_from(entity).where(*conditions(listing, entity))
    if listing.edge is None:
        return rows, None
    rows, owner = owned(rows, listing.edge, entity)
    return rows.where(in_keys(owner)), owner


def _grouped(
    rows: Statement, owner: Expression | None, grouping: Grouping, entity: Entity, audience: Audience | None
) -> Subquery:
    """Return a subquery of all groups, each with its rank among the groups of its key."""
    shared = [
        _bucket(bucket, entity, audience).label(f"bucket_{index}") for index, bucket in enumerate(grouping.buckets)
    ]
    values = [_measured(measure, entity).label(f"measure_{index}") for index, measure in enumerate(grouping.measures)]
    by_size = [func.count().desc(), *(column.element.asc() for column in shared)]
    place = func.row_number().over(partition_by=owner, order_by=by_size).label("place")
    key = null().label("key") if owner is None else owner.label("key")
    keys = [] if owner is None else [owner]
    rows = rows.with_only_columns(key, place, *shared, *values)
    return rows.group_by(*keys, *(column.element for column in shared)).subquery("grouped")


def _measured(measure: Measure, entity: Entity) -> Expression:
    if measure == COUNT:
        return func.count()
    column: Expression = select_value(entity, measure.column)
    return kind_of(column.type).aggregates[measure.function].sql(column)


def _bucket(bucket: Bucket, entity: Entity, audience: Audience | None) -> Expression:
    column = key_column(entity, bucket.column, audience)
    column = getattr(column, "expression", column)
    if bucket.every is None:
        return column
    return kind_of(column.type).period(column, bucket.every, bucket.time_zone)
