"""What a loader gives for a list that is not listed but counted, summed or grouped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql_app.statements.aggregates import Grouping, Measure

Measured = Mapping[Measure, Any]
"""The values of the measures that were asked for."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that have something in common: ``key`` is what, by column."""

    key: Mapping[str, Any]
    values: Measured


def group_of(grouping: Grouping, row: Sequence[Any]) -> Group:
    """A group from the bucket values and measures of a row."""
    shared, values = row[: len(grouping.buckets)], row[len(grouping.buckets) :]
    key = {bucket.column: value for bucket, value in zip(grouping.buckets, shared, strict=True)}
    return Group(key, dict(zip(grouping.measures, values, strict=True)))
