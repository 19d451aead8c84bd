"""Tuned garbage collection, only in serving processes."""

import asyncio
import gc
import json
import os
import sys
from typing import Any

import pytest

from graphql_app.asgi import create_app
from tests.http.toy import toy_app, toy_settings
from tests.support.commands import addresses
from tests.support.databases import TestDatabase
from tests.support.settings import SECRET


async def test_an_application_within_another_process_does_not_tune_garbage_collection() -> None:
    before = gc.get_threshold(), gc.get_freeze_count()
    app = toy_app(toy_settings())
    async with app.router.lifespan_context(app):
        assert (gc.get_threshold(), gc.get_freeze_count()) == before


@pytest.mark.slow
async def test_a_serving_process_collects_only_objects_of_requests(shared_database: TestDatabase) -> None:
    environment = {**os.environ, **addresses(shared_database), "WORKLINE_SECRET_KEY": SECRET, "WORKLINE_ENV": "test"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from tests.http.test_garbage_collection import report; report()",
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    before, serving, after = json.loads(output.splitlines()[-1])
    assert before["frozen"] == 0
    assert serving["frozen"] > 10_000
    assert serving["thresholds"][0] > before["thresholds"][0]
    assert serving["enabled"]
    assert serving["collected"] > before["collected"]
    assert (after["frozen"], after["thresholds"]) == (0, before["thresholds"])


def report() -> None:
    """Print the state of the collector before, during and after the lifespan of the application."""
    sys.stdout.write(json.dumps(asyncio.run(_states())) + "\n")


async def _states() -> list[dict[str, Any]]:
    app = create_app()
    states = [_state()]
    async with app.router.lifespan_context(app):
        _leave_cycles(100_000)
        states.append(_state())
    return [*states, _state()]


def _state() -> dict[str, Any]:
    collected = gc.get_stats()[0]["collected"]
    return {
        "thresholds": gc.get_threshold(),
        "frozen": gc.get_freeze_count(),
        "enabled": gc.isenabled(),
        "collected": collected,
    }


def _leave_cycles(number: int) -> None:
    for _ in range(number):
        cycle: list[object] = []
        cycle.append(cycle)
