"""Arguments of the dashboard's fields, and their validation."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import strawberry

from graphql_app.context import Context
from graphql_app.errors import BadUserInput, ValueLimit
from graphql_app.sql.conditions import Condition
from graphql_app.types.declarations import argument
from graphql_app.types.filter_inputs import located
from graphql_app.types.groups import TimeUnit
from graphql_app.types.scalars import read_time_zone
from schema.dashboard.periods import Periods
from schema.dashboard.work import due_within, overdue

MOST_DAYS, MOST_PERIODS, MOST_WORKERS = 36_500, 366, 100
DAYS = argument("days", int, f"Number of days from now, 1-{MOST_DAYS:,}.", default=7)
Every = Annotated[TimeUnit, strawberry.argument(description="Length of a period.")]
Count = Annotated[
    int,
    strawberry.argument(description=f"Number of periods, 1-{MOST_PERIODS}. The last one is the current period."),
]
First = Annotated[int, strawberry.argument(description=f"Maximum number of workers, 1-{MOST_WORKERS}.")]
TimeZone = Annotated[
    str,
    strawberry.argument(description="Name of the time zone in which days start at midnight, such as Europe/Berlin."),
]


def now(context: Context) -> datetime:
    """Return the time of an operation, the same for all its figures."""
    return context.once("now", lambda: datetime.now(UTC))


def are_overdue(context: Context, arguments: dict[str, Any]) -> Condition:
    return overdue(now(context))


def are_due_soon(context: Context, arguments: dict[str, Any]) -> Condition:
    days = between(arguments["days"], MOST_DAYS, "days")
    return due_within(now(context), timedelta(days=days))


def read_periods(context: Context, every: TimeUnit, count: int, argument: str, time_zone: str) -> Periods:
    """Return the last ``count`` periods.

    ``argument`` is the name of the argument for the count. Raises BadUserInput.
    """
    with located("timeZone"):
        zone = read_time_zone(time_zone)
    return Periods(every, between(count, MOST_PERIODS, argument), zone, now(context))


def between(number: int, most: int, argument: str) -> int:
    """Return ``number``, which must be 1 to ``most``. Raises BadUserInput with the argument's name."""
    if not 1 <= number <= most:
        raise BadUserInput(f"Must be 1-{most:,}.", [argument], ValueLimit(1, most))
    return number
