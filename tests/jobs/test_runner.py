"""Runner of jobs: steps take effect once, fail, are repeated, and stop."""

import asyncio

import pytest

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Conflict, Invalid, NotFound
from graphql_app.jobs import runner as module
from graphql_app.jobs.queue import cancel_job, enqueue
from tests.jobs.conftest import Count, Queue, Steps
from tests.support.organizations import BRAVO


async def test_a_job_runs_its_steps_in_order_and_counts_them(queue: Queue, steps: Steps) -> None:
    counting = steps.declare("counting")
    id = await queue.add(counting, Count(3))
    async with queue.running(counting):
        row = await queue.ended(id)
    assert (row["status"], row["done"], row["total"], row["failed"]) == ("SUCCEEDED", 3, 3, 0)
    assert (row["attempt"], row["leased_until"], row["error"]) == (1, None, None)
    assert await queue.notes() == ["step counting 1", "step counting 2", "step counting 3"]
    assert steps.roles == {"OWNER"}


async def test_a_job_of_a_transaction_that_is_rolled_back_does_not_exist(queue: Queue, steps: Steps) -> None:
    counting = steps.declare("counting")

    async def rule(tx: WriteTransaction) -> None:
        await enqueue(tx, counting, Count(1))
        raise Invalid("no")

    with pytest.raises(Invalid):
        await queue.ruling.run(rule)
    async with queue.database.as_system() as connection:
        assert await connection.fetchval("SELECT count(*) FROM jobs") == 0


async def test_a_commit_wakes_the_runner_of_the_process(
    queue: Queue, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POLL", 3600.0)
    counting = steps.declare("counting")
    async with queue.running(counting):
        await asyncio.sleep(0.1)
        row = await queue.ended(await queue.add(counting, Count(1)))
    assert row["status"] == "SUCCEEDED"


async def test_a_failed_step_is_rolled_back_and_repeated_after_a_pause(
    queue: Queue, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_BACKOFF", 0.05)
    counting = steps.declare("counting")
    id = await queue.add(counting, Count(2, fails=2))
    async with queue.running(counting):
        row = await queue.ended(id)
    assert (row["status"], row["done"], row["attempt"], row["failures"]) == ("SUCCEEDED", 2, 3, 0)
    assert [number for _, number in steps.begun] == [1, 2, 2, 2]
    assert await queue.notes() == ["step counting 1", "step counting 2"]


async def test_a_job_fails_after_the_declared_number_of_retries(
    queue: Queue, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_BACKOFF", 0.01)
    counting = steps.declare("counting", retries=2)
    id = await queue.add(counting, Count(2, fails=9))
    async with queue.running(counting):
        row = await queue.ended(id)
    assert (row["status"], row["done"]) == ("FAILED", 1)
    assert [number for _, number in steps.begun] == [1, 2, 2, 2]
    assert "which is logged" in row["error"]
    assert "a failure of a test" not in row["error"]


async def test_a_rule_error_ends_the_job_with_its_message(queue: Queue, steps: Steps) -> None:
    counting = steps.declare("counting")
    id = await queue.add(counting, Count(2, error="The period is closed."))
    async with queue.running(counting):
        row = await queue.ended(id)
    assert (row["status"], row["error"], row["done"]) == ("FAILED", "The period is closed.", 1)
    assert await queue.notes() == ["step counting 1"]


async def test_a_step_that_takes_longer_than_the_lease_is_cancelled(queue: Queue, steps: Steps) -> None:
    counting = steps.declare("counting", retries=0)
    id = await queue.add(counting, Count(1, waits=5))
    async with queue.running(counting, job_lease=1):
        row = await queue.ended(id)
    assert (row["status"], row["error"]) == ("FAILED", "A step of the job has exceeded its time limit.")
    assert await queue.notes() == []


async def test_a_step_whose_lease_was_taken_over_has_no_effect(queue: Queue, steps: Steps) -> None:
    counting = steps.declare("counting")
    id = await queue.add(counting, Count(1, waits=0.3))
    async with queue.running(counting):
        await queue.until(id, lambda row: row["status"] == "RUNNING")
        # as another process does after the end of the lease
        await queue.change("UPDATE jobs SET attempt = attempt + 1, available_at = now() + interval '1 hour'")
        await asyncio.sleep(0.6)
    assert (await queue.row(id))["done"] == 0
    assert steps.begun == [("counting", 1)]
    assert await queue.notes() == []


async def test_a_job_whose_process_has_ended_continues_after_its_lease(queue: Queue, steps: Steps) -> None:
    counting = steps.declare("counting")
    id = await queue.add(counting, Count(3))
    await queue.change(
        "UPDATE jobs SET status = 'RUNNING', attempt = 1, state = '{\"number\": 2}', done = 2, "
        "leased_until = now() + interval '1 second', available_at = now() + interval '1 second'"
    )
    async with queue.running(counting):
        row = await queue.ended(id)
    assert (row["status"], row["done"], row["attempt"]) == ("SUCCEEDED", 3, 2)
    assert steps.begun == [("counting", 3)]


async def test_a_job_that_ends_its_processes_fails_after_its_retries(queue: Queue, steps: Steps) -> None:
    counting = steps.declare("counting", retries=1)
    id = await queue.add(counting, Count(1))
    await queue.change(
        "UPDATE jobs SET status = 'RUNNING', attempt = 2, failures = 1, leased_until = now(), available_at = now()"
    )
    async with queue.running(counting):
        row = await queue.ended(id)
    assert (row["status"], row["error"]) == ("FAILED", "The processes that ran the job have ended without a result.")
    assert steps.begun == []


async def test_a_stopping_process_completes_its_step_and_returns_the_job_to_the_queue(
    queue: Queue, steps: Steps
) -> None:
    counting = steps.declare("counting")
    id = await queue.add(counting, Count(1000, waits=0.05))
    async with queue.running(counting):
        await queue.until(id, lambda row: row["done"] >= 2)
    row = await queue.row(id)
    assert (row["status"], row["leased_until"]) == ("RUNNING", None)
    assert len(await queue.notes()) == row["done"] == len(steps.begun)
    async with queue.running(counting):
        await queue.until(id, lambda later: later["done"] > row["done"])
    assert (await queue.row(id))["failures"] == 0


async def test_a_cancelled_job_keeps_its_completed_steps(queue: Queue, steps: Steps) -> None:
    counting = steps.declare("counting")
    id = await queue.add(counting, Count(1000, waits=0.05))
    async with queue.running(counting):
        await queue.until(id, lambda row: row["done"] >= 2)
        await queue.ruling.run(lambda tx: cancel_job(tx, id=id))
        cancelled = await queue.row(id)
        await asyncio.sleep(0.2)
    row = await queue.row(id)
    assert row["status"] == cancelled["status"] == "CANCELLED"
    assert row["done"] == cancelled["done"] == len(await queue.notes())
    with pytest.raises(Conflict):
        await queue.ruling.run(lambda tx: cancel_job(tx, id=id))


async def test_a_job_can_be_cancelled_by_its_creator_and_by_owners_only(queue: Queue, steps: Steps) -> None:
    id = await queue.add(steps.declare("counting"), Count(1))
    with pytest.raises(NotFound):
        await queue.ruling.run(lambda tx: cancel_job(tx, id=id), by=BRAVO.viewer("MEMBER", 1).user_id, role="MEMBER")
    await queue.ruling.run(lambda tx: cancel_job(tx, id=id), role="MEMBER")


async def test_jobs_of_higher_priority_run_first(queue: Queue, steps: Steps) -> None:
    low, high = steps.declare("low", priority=1), steps.declare("high", priority=5)
    ids = [await queue.add(each, Count(1)) for each in (low, low, high)]
    async with queue.running(low, high, job_concurrency=1):
        for id in ids:
            await queue.ended(id)
    assert [name for name, _ in steps.begun] == ["high", "low", "low"]


async def test_jobs_with_one_concurrency_key_run_one_after_the_other(queue: Queue, steps: Steps) -> None:
    keyed = steps.declare("keyed", concurrency_key=lambda count: str(count.until))
    ids = [await queue.add(keyed, Count(2, waits=0.02)) for _ in range(3)]
    async with queue.running(keyed, job_concurrency=3), queue.running(keyed, job_concurrency=3):
        for id in ids:
            await queue.ended(id)
    assert steps.most_running == 1


async def test_jobs_without_a_key_run_at_once(queue: Queue, steps: Steps) -> None:
    free = steps.declare("free")
    ids = [await queue.add(free, Count(1, waits=0.3)) for _ in range(3)]
    async with queue.running(free, job_concurrency=3):
        for id in ids:
            await queue.ended(id)
    assert steps.most_running == 3


async def test_a_job_of_a_user_without_access_fails(queue: Queue, steps: Steps) -> None:
    counting = steps.declare("counting")
    id = await queue.add(counting, Count(1))
    await queue.change("UPDATE users SET deactivated_at = now()")
    async with queue.running(counting):
        row = await queue.ended(id)
    assert (row["status"], row["error"]) == ("FAILED", "The user who started the job has no access any more.")
    assert await queue.notes() == []


async def test_a_job_acts_in_the_present_role_of_its_creator(queue: Queue, steps: Steps) -> None:
    counting = steps.declare("counting")
    id = await queue.add(counting, Count(1))
    await queue.change("UPDATE users SET role = 'MEMBER'")
    async with queue.running(counting):
        await queue.ended(id)
    assert steps.roles == {"MEMBER"}


async def test_two_runners_never_run_a_job_at_once(queue: Queue, steps: Steps) -> None:
    counting = steps.declare("counting")
    ids = [await queue.add(counting, Count(3)) for _ in range(20)]
    async with queue.running(counting, job_concurrency=4), queue.running(counting, job_concurrency=4):
        rows = [await queue.ended(id) for id in ids]
    assert {(row["status"], row["done"], row["attempt"]) for row in rows} == {("SUCCEEDED", 3, 1)}
    assert len(steps.begun) == 60
