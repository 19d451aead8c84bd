"""Garbage is collected seldom while requests are served, and as before afterwards."""

import gc

import httpx

from tests.http.toy import toy_app, toy_settings


async def test_what_was_there_when_the_server_started_is_not_looked_through_again() -> None:
    thresholds, frozen = gc.get_threshold(), gc.get_freeze_count()
    app = toy_app(toy_settings())
    async with app.router.lifespan_context(app):
        assert gc.get_freeze_count() > frozen + 10_000
        assert gc.get_threshold() > thresholds
    assert (gc.get_threshold(), gc.get_freeze_count()) == (thresholds, frozen)


async def test_cycles_that_requests_leave_are_still_collected(client: httpx.AsyncClient) -> None:
    before = gc.get_stats()[0]["collections"]
    for _ in range(20):
        await client.post("/graphql", json={"query": "{ hello }"})
        _leave_cycles(5_000)
    assert gc.get_stats()[0]["collections"] > before
    assert gc.isenabled()


def _leave_cycles(number: int) -> None:
    for _ in range(number):
        cycle: list[object] = []
        cycle.append(cycle)
