"""Kinds of moments, dates, times of day and durations."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property

from sqlalchemy import ColumnElement, DateTime, func, literal_column

from graphql_app.models.kinds.comparators import EQUALITY, RANGE
from graphql_app.models.kinds.kind import Aggregate, ColumnKind, Selected, extremes, register_kind
from graphql_app.models.kinds.scalars import DATE_TIME, write_moment

FORMAT: ColumnElement[str] = literal_column("""'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'""")


class MomentKind(ColumnKind):
    """Kind of ``timestamptz``."""

    scalar = DATE_TIME
    comparators = (*EQUALITY, *RANGE)
    is_text = is_time = True
    native = staticmethod(write_moment)

    @cached_property
    def aggregates(self) -> Mapping[str, Aggregate]:
        return extremes(self)

    def text(self, column: Selected) -> Selected:
        # literals: PostgreSQL would evaluate parameters again for each row
        return func.to_char(func.timezone(literal_column("'UTC'"), column), FORMAT)

    @staticmethod
    def to_cursor(value: datetime) -> str:
        """Return the moment in UTC."""
        return value.astimezone(UTC).isoformat()

    def parse(self, value: str) -> datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("time without an offset")
        return moment.astimezone(UTC)


register_kind(DateTime, MomentKind)
