"""Schedules: cron expressions, runs by one process, and jobs for every organization."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest

from graphql_app.database.transaction import WriteTransaction
from graphql_app.jobs.declarations import (
    Declarations,
    JobStep,
    NoArguments,
    Schedule,
    ScheduledRun,
    StepResult,
    declared_in,
    job,
    next_time,
    scheduled,
)
from graphql_app.jobs.maintenance import delete_expired
from graphql_app.jobs.scheduler import Scheduler, for_each_organization
from tests.jobs.conftest import SECONDS, Queue
from tests.support.organizations import ALPHA, BRAVO
from tests.support.settings import settings_for

STATE = "SELECT timing, attempt, failures, error, next_at, leased_until FROM job_schedules WHERE name = 'tick'"


@job("count")
async def count(tx: WriteTransaction, step: JobStep[NoArguments]) -> StepResult:
    """Run without a viewer."""
    with pytest.raises(LookupError):
        _ = tx.viewer
    return StepResult(done=1)


class Ticks:
    """Runs of a schedule."""

    def __init__(self) -> None:
        self.times = 0
        self.fails = 0

    def schedule(self, timing: str | float) -> Schedule:
        @scheduled("tick", timing)
        async def tick(run: ScheduledRun) -> None:
            self.times += 1
            await run.renew()
            if self.times <= self.fails:
                raise RuntimeError("a failure of a test")

        return tick


@asynccontextmanager
async def scheduling(queue: Queue, *schedules: Schedule) -> AsyncIterator[None]:
    """Run schedules during the block."""
    declared = Declarations({}, {each.name: each for each in schedules})
    task = asyncio.create_task(Scheduler(declared, queue.connections, settings_for(queue.database)).run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def reached(ticks: Ticks, times: int) -> None:
    async with asyncio.timeout(SECONDS):
        while ticks.times < times:  # noqa: ASYNC110 (the schedule runs in another task)
            await asyncio.sleep(0.01)


def test_a_cron_expression_has_a_next_time() -> None:
    assert next_time("30 2 * * *", datetime(2026, 1, 31, 2, 30, tzinfo=UTC)) == datetime(2026, 2, 1, 2, 30, tzinfo=UTC)
    assert next_time(0.5, datetime(2026, 1, 1, tzinfo=UTC)) == datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=0.5)


@pytest.mark.parametrize("timing", ["", "every day", "61 * * * *", "0 0 31 2 *"])
def test_an_invalid_expression_is_rejected_where_it_is_declared(timing: str) -> None:
    with pytest.raises(ValueError, match="not a cron expression"):
        scheduled("tick", timing)


def test_two_jobs_cannot_have_one_name() -> None:
    one, other = ModuleType("one"), ModuleType("other")
    one.__dict__["a"], other.__dict__["b"] = Ticks().schedule(1), Ticks().schedule(1)
    with pytest.raises(ValueError, match="named tick"):
        declared_in(one, other)


async def test_a_schedule_runs_again_and_again(queue: Queue) -> None:
    ticks = Ticks()
    async with scheduling(queue, ticks.schedule(0.05)):
        await reached(ticks, 3)


async def test_processes_share_the_runs_of_a_schedule(queue: Queue) -> None:
    ticks = Ticks()
    schedule = ticks.schedule("0 0 1 1 *")
    async with scheduling(queue, schedule), scheduling(queue, schedule), scheduling(queue, schedule):
        await asyncio.sleep(0.1)
        await queue.change("UPDATE job_schedules SET next_at = now()")
        await reached(ticks, 1)
        await asyncio.sleep(1.3)
    assert ticks.times == 1


async def test_a_failed_run_is_recorded_and_repeated_at_the_next_time(queue: Queue) -> None:
    ticks = Ticks()
    ticks.fails = 1
    async with scheduling(queue, ticks.schedule(0.2)):
        await reached(ticks, 1)
        await asyncio.sleep(0.05)
        row = await queue.read(STATE)
        assert (row["failures"], row["error"], row["leased_until"]) == (1, "RuntimeError", None)
        await reached(ticks, 3)
    assert (await queue.read(STATE))["failures"] == 0


async def test_a_run_whose_process_has_ended_is_repeated_after_its_lease(queue: Queue) -> None:
    ticks = Ticks()
    async with scheduling(queue, ticks.schedule("0 0 1 1 *")):
        await asyncio.sleep(0.1)
        await queue.change("UPDATE job_schedules SET next_at = now(), attempt = 7, leased_until = now() + '0.5 s'")
        await reached(ticks, 1)
        await asyncio.sleep(0.1)
    row = await queue.read(STATE)
    assert (row["attempt"], row["leased_until"]) == (8, None)
    assert row["next_at"].month == 1


async def test_a_schedule_keeps_its_next_time_until_its_timing_changes(queue: Queue) -> None:
    for timing, expected in (("0 0 1 1 *", 1), ("0 0 1 7 *", 7)):
        async with scheduling(queue, Ticks().schedule(timing)):
            await asyncio.sleep(0.1)
        assert (await queue.read(STATE))["next_at"].month == expected


async def test_a_schedule_adds_a_job_to_each_organization_that_has_finished_the_last_one(queue: Queue) -> None:
    schedule = for_each_organization(count, "0 0 1 1 *")
    settings = settings_for(queue.database)

    async def renew() -> None:
        pass

    for _ in range(2):
        await schedule.run(ScheduledRun(queue.connections, settings, renew))
    async with queue.database.as_system() as connection:
        rows = await connection.fetch("SELECT organization_id, id FROM jobs WHERE name = 'count'")
    assert {row["organization_id"] for row in rows} == {ALPHA.viewer().organization_id, BRAVO.viewer().organization_id}
    assert len(rows) == 2
    async with queue.running(count):
        for row in rows:
            assert (await queue.ended(row["id"]))["status"] == "SUCCEEDED"


async def test_expired_rows_are_deleted_and_others_are_kept(queue: Queue) -> None:
    settings = settings_for(queue.database)
    await delete_expired(queue.connections, settings)
    await queue.change(
        "INSERT INTO jobs (organization_id, id, name, status, arguments, state, priority, finished_at) "
        "SELECT id, gen_random_uuid(), 'old', 'SUCCEEDED', '{}', '{}', 3, now() - age FROM organizations, "
        "unnest(ARRAY['31 days', '1 day']::interval[]) AS age"
    )
    await queue.change(
        "UPDATE idempotency_keys SET expires_at = now() + CASE WHEN key = (SELECT min(key) FROM idempotency_keys) "
        "THEN interval '-1 s' ELSE interval '1 day' END"
    )
    async with queue.database.as_system() as connection:
        keys = await connection.fetchval("SELECT count(*) FROM idempotency_keys")
        expired = await connection.fetchval("SELECT count(*) FROM idempotency_keys WHERE expires_at < now()")
        await delete_expired(queue.connections, settings)
        assert await connection.fetchval("SELECT count(*) FROM jobs WHERE name = 'old'") == 2
        assert await connection.fetchval("SELECT count(*) FROM idempotency_keys") == keys - expired
