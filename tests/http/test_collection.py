"""Garbage is collected seldom while requests are served, and as before afterwards."""

import gc
from collections.abc import Iterator

import httpx
import pytest

from tests.http.toy import toy_app, toy_settings


@pytest.fixture
def as_python_starts() -> Iterator[None]:
    """No other server of this process has changed how garbage is collected."""
    thresholds = gc.get_threshold()
    gc.unfreeze()
    gc.set_threshold(2_000, 10, 10)
    yield
    gc.set_threshold(*thresholds)


@pytest.mark.usefixtures("as_python_starts")
async def test_what_was_there_when_the_server_started_is_not_looked_through_again() -> None:
    thresholds = gc.get_threshold()
    app = toy_app(toy_settings())
    async with app.router.lifespan_context(app):
        assert gc.get_freeze_count() > 10_000
        assert gc.get_threshold() > thresholds
    assert (gc.get_threshold(), gc.get_freeze_count()) == (thresholds, 0)


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
