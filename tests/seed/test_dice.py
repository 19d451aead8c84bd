"""Reproducible random choices."""

from datetime import datetime, timedelta
from uuid import RFC_4122

from hypothesis import given
from hypothesis import strategies as st

from schema.seed.random_source import EPOCH, NOW, START, Distribution, RandomSource, by_day, moment, uuid7

moments = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)).map(lambda at: at.replace(tzinfo=NOW.tzinfo))  # noqa: DTZ001


@given(moments, st.text())
def test_an_id_is_a_uuid_of_version_7_with_its_time(at: datetime, seed: str) -> None:
    made = uuid7(at, RandomSource(seed))
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == (at - EPOCH) // timedelta(milliseconds=1)


@given(moments, moments, st.text())
def test_later_times_have_greater_ids(one: datetime, other: datetime, seed: str) -> None:
    dice = RandomSource(seed)
    first, second = uuid7(min(one, other), dice), uuid7(max(one, other), dice)
    assert one == other or first < second


@given(st.floats(0, 1), st.floats(0, 1))
def test_events_increase_over_time_in_working_hours_and_before_now(one: float, other: float) -> None:
    assert START <= moment(one) < NOW
    assert 8 <= moment(one).hour < 18
    assert (one <= other) == (moment(one) <= moment(other)) or moment(one) == moment(other)


@given(st.timedeltas(timedelta(0), timedelta(days=900)), st.timedeltas(timedelta(0), timedelta(days=900)))
def test_waiting_for_working_hours_keeps_the_order_and_is_bounded(one: timedelta, other: timedelta) -> None:
    assert by_day(one) <= one
    assert by_day(min(one, other)) <= by_day(max(one, other))


@given(st.integers(0, 500), st.integers(1, 60), st.text())
def test_all_values_are_dealt(things: int, receivers: int, seed: str) -> None:
    deal = Distribution(RandomSource(seed), things, receivers)
    dealt = [deal.next() for _ in range(receivers)]
    assert sum(dealt) == things
    assert min(dealt) >= 0


def test_values_are_dealt_unevenly_within_bounds() -> None:
    deal = Distribution(RandomSource("deal"), 4_000, 5_000)
    dealt = [deal.next() for _ in range(5_000)]
    assert dealt.count(0) > 2_000
    assert max(dealt) <= 8


@given(st.lists(st.integers(), unique=True), st.integers(0, 20), st.text())
def test_a_sample_has_distinct_values(options: list[int], number: int, seed: str) -> None:
    some = RandomSource(seed).some(options, number)
    assert len(some) == len(set(some)) == min(number, len(options))
    assert set(some) <= set(options)
