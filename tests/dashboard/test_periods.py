"""Starts of days, weeks and months in every time zone, compared with PostgreSQL."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_app.types.groups import TimeUnit
from schema.dashboard.periods import Periods
from tests.engine.examples import examples
from tests.support.databases import TestDatabase

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Asia/Kolkata",
    "Pacific/Auckland",
]
moments = st.datetimes(datetime(2000, 1, 1), datetime(2026, 11, 21), timezones=st.just(UTC))  # noqa: DTZ001
TRUNCATED = """
SELECT date_trunc($1, $2::timestamptz, $3),
       (date_trunc($1, $2::timestamptz, $3) AT TIME ZONE $3 + ('1 ' || $1)::interval) AT TIME ZONE $3
"""


@examples(40)
@given(every=st.sampled_from(TimeUnit), count=st.integers(1, 30), zone=st.sampled_from(ZONES), now=moments)
async def test_starts_are_those_of_postgresql(
    shared_database: TestDatabase, every: TimeUnit, count: int, zone: str, now: datetime
) -> None:
    starts = Periods(every, count, ZoneInfo(zone), now).starts()
    assert len(starts) == count
    async with shared_database.as_system() as connection:
        for index, start in enumerate(starts):
            ((begins, ends),) = await connection.fetch(TRUNCATED, every.value.lower(), start, zone)
            assert begins == start
            assert ends == starts[index + 1] if index + 1 < count else begins <= now < ends


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        (TimeUnit.DAY, ["2025-12-31T23:00Z", "2026-01-01T23:00Z"]),
        (TimeUnit.WEEK, ["2025-12-21T23:00Z", "2025-12-28T23:00Z"]),
        (TimeUnit.MONTH, ["2025-11-30T23:00Z", "2025-12-31T23:00Z"]),
    ],
)
def test_the_last_period_contains_the_current_time(every: TimeUnit, expected: list[str]) -> None:
    now = datetime(2026, 1, 2, 12, tzinfo=UTC)
    starts = Periods(every, 2, ZoneInfo("Europe/Berlin"), now).starts()
    assert starts == [datetime.fromisoformat(each) for each in expected]


def test_a_day_without_midnight_starts_at_its_first_moment() -> None:
    now = datetime(2018, 11, 4, 12, tzinfo=UTC)  # in São Paulo, clocks were set from 00:00 to 01:00
    (start,) = Periods(TimeUnit.DAY, 1, ZoneInfo("America/Sao_Paulo"), now).starts()
    assert start == datetime(2018, 11, 4, 3, tzinfo=UTC)
