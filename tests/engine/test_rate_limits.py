"""Rate limits by cost: buckets in memory, charged to PostgreSQL in the background."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError

from graphql_app.database.rate_limit_buckets import charge_buckets
from graphql_app.errors import RateLimited
from graphql_app.execution.rate_limits import ANONYMOUS, KEY, SLICES, ClientBucket, RateLimiter, RateLimits
from graphql_app.execution.request import GraphQLRequest
from graphql_app.limits import RateLimit
from graphql_app.viewer import Viewer
from tests.support.api import Workline
from tests.support.execution_modes import by_plans

LIMIT = RateLimit(1_000, 10)
VIEWER = Viewer(UUID(int=7), UUID(int=8), "MEMBER")
OTHER = replace(VIEWER, user_id=UUID(int=9))
TASKS = "{ tasks(first: 10) { nodes { id } } }"


class Charges:
    """Charges in place of PostgreSQL: seconds until each bucket is full, without the passage of time."""

    def __init__(self) -> None:
        self.sent: list[dict[bytes, float]] = []
        self.seconds: dict[bytes, float] = {}
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, charges: Sequence[tuple[bytes, float]]) -> Mapping[bytes, float]:
        await self.open.wait()
        self.sent.append(dict(charges))
        for key, seconds in charges:
            self.seconds[key] = self.seconds.get(key, 0.0) + seconds
        return {key: self.seconds[key] for key, _ in charges}


def limiter(charges: Any, **limits: RateLimit | None) -> RateLimiter:
    return RateLimiter(RateLimits(LIMIT, limits, b"secret"), charges)


async def take(limiter: RateLimiter, cost: int, viewer: Viewer | None = VIEWER, address: str = "") -> ClientBucket:
    found = await limiter.take(GraphQLRequest("", client_address=address), viewer, cost)
    assert found is not None
    return found


async def admitted(limiter: RateLimiter, cost: int, viewer: Viewer | None = VIEWER, address: str = "") -> int:
    """Return the cost that is admitted in steps until the first refusal."""
    total = 0
    try:
        while True:
            await take(limiter, cost, viewer, address)
            total += cost
    except RateLimited:
        return total


async def test_a_client_that_uses_less_than_half_a_slice_is_not_charged() -> None:
    charges = Charges()
    limits = limiter(charges)
    for _ in range(4):
        bucket = await take(limits, 10)
    assert (bucket.available_now, charges.sent) == (960, [])
    await take(limits, 10)
    await asyncio.sleep(0.01)
    assert [list(each.values()) for each in charges.sent] == [[5.0]]
    assert 950 <= bucket.available_now <= 951


async def test_a_full_bucket_is_admitted_and_no_more() -> None:
    charges = Charges()
    limits = limiter(charges)
    assert await admitted(limits, 30) == 990
    sent = len(charges.sent)
    for _ in range(20):
        with pytest.raises(RateLimited, match=r"Try again in \d+ second") as refused:
            await take(limits, 30)
        assert 1 <= refused.value.extensions["retryAfter"] <= 3
    assert len(charges.sent) == sent, "a refused operation sends no statement"


async def test_an_operation_that_costs_more_than_a_slice_waits_for_a_charge() -> None:
    charges = Charges()
    limits = limiter(charges)
    bucket = await take(limits, 700)
    await asyncio.sleep(0.01)
    assert 300 <= bucket.available_now <= 301
    with pytest.raises(RateLimited) as refused:
        await take(limits, 700)
    assert refused.value.extensions["retryAfter"] == 40


async def test_viewers_addresses_and_networks_have_separate_buckets() -> None:
    charges = Charges()
    limits = limiter(charges)
    for viewer, address in [(VIEWER, ""), (OTHER, ""), (None, "192.0.2.1"), (None, "192.0.2.2"), (None, "2001:db8::1")]:
        assert await admitted(limits, 100, viewer, address) == 1_000
    assert await admitted(limits, 100, None, "2001:db8::2") <= 1_000 // SLICES, "of the same network"
    assert len(charges.seconds) == 5
    assert not any(b"192" in key for key in charges.seconds)


async def test_roles_keys_and_anonymous_clients_have_separate_limits() -> None:
    limits = limiter(Charges(), MEMBER=RateLimit(500, 1), **{ANONYMOUS: RateLimit(200, 1), KEY: None})
    request = GraphQLRequest("")
    assert await admitted(limits, 50) == 500
    assert await admitted(limits, 50, replace(OTHER, role="OWNER")) == 1_000
    assert await admitted(limits, 20, None) == 200
    assert await limits.take(request, replace(VIEWER, key_id=UUID(int=1)), 10**9) is None
    assert await RateLimiter(RateLimits(), Charges()).take(request, VIEWER, 10**9) is None


async def test_each_api_key_has_a_bucket_if_keys_have_a_limit() -> None:
    keys = [replace(VIEWER, key_id=UUID(int=number)) for number in (1, 2)]
    limits = limiter(Charges(), **{KEY: RateLimit(100, 1)})
    assert [await admitted(limits, 10, each) for each in (*keys, VIEWER)] == [100, 100, 1_000]
    shared = limiter(Charges())
    assert [await admitted(shared, 10, each) for each in keys] == [1_000, 0]


async def test_a_refund_is_available_again() -> None:
    limits = limiter(Charges())
    bucket = await take(limits, 90)
    bucket.take(-80)
    assert bucket.available_now == 990
    assert await admitted(limits, 10) == 990


async def test_several_buckets_are_charged_by_one_statement() -> None:
    charges = Charges()
    limits = limiter(charges)
    charges.open.clear()
    for number in range(20):
        await take(limits, 60, replace(VIEWER, user_id=UUID(int=number)))
    charges.open.set()
    await asyncio.sleep(0.01)
    assert sum(map(len, charges.sent)) == 20
    assert len(charges.sent) <= 2


async def test_operations_are_admitted_while_charges_fail() -> None:
    async def fail(_: object) -> Any:
        raise OperationalError("", {}, Exception("gone"))

    limits = limiter(fail)
    for _ in range(50):
        await take(limits, 60)


@pytest.mark.both_modes
async def test_processes_share_a_bucket_and_exceed_it_by_at_most_a_slice_each(workline: Workline) -> None:
    limits = [
        RateLimiter(RateLimits(RateLimit(1_000, 0.001)), partial(charge_buckets, workline.connections))
        for _ in range(3)
    ]
    viewer = replace(VIEWER, user_id=UUID(int=1 + by_plans()))
    totals = []
    for _ in range(100):
        for each in limits:
            try:
                await take(each, 10, viewer)
                totals.append(10)
            except RateLimited:
                pass
    assert 1_000 <= sum(totals) <= 1_000 + len(limits) * 1_000 // SLICES


async def test_charges_add_up_and_drain(workline: Workline) -> None:
    for expected in (100.0, 200.0):
        found = await charge_buckets(workline.connections, [(b"drain", 100.0), (b"negative", -5.0)])
        assert expected - 5 < found[b"drain"] <= expected
        assert found[b"negative"] == 0.0
