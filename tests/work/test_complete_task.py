"""Mutation ``completeTask``: the first call completes the task, later ones get a conflict with the current task."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.api import Json, Workline
from tests.support.organizations import ALPHA, BRAVO, id_of

COMPLETE = """
mutation ($id: ID!, $expectedVersion: Int) {
  completeTask(input: {id: $id, expectedVersion: $expectedVersion}) {
    task { id status completedAt completedBy { id } version }
    errors {
      __typename code path message
      ... on ConflictError {
        current { __typename id ... on Task { status completedBy { id } version } }
        currentVersion
      }
    }
  }
}
"""
UNKNOWN_IDS = "0198a5e2-3c1f-7d44-9b0e-5a2f6c7d8e90"
OPEN, IN_PROGRESS, DONE, CANCELLED = (str(id_of("tasks", number)) for number in range(4))


async def complete(workline: Workline, id: str, *, by: int = 1, **variables: Any) -> Json:
    """Return the payload of completing a task as one of Alpha's users."""
    payload: Json = (await workline.fetch(COMPLETE, ALPHA.viewer("MEMBER", by), id=id, **variables))["completeTask"]
    return payload


@pytest.mark.parametrize(("id", "version"), [(OPEN, 1), (IN_PROGRESS, 2)])
async def test_a_task_is_completed_by_the_viewer(own_workline: Workline, id: str, version: int) -> None:
    payload = await complete(own_workline, id, expectedVersion=version)
    done, now = payload["task"], datetime.now(UTC)
    assert payload["errors"] == []
    assert (done["status"], done["completedBy"]["id"], done["version"]) == ("DONE", str(id_of("users", 1)), version + 1)
    assert now - timedelta(minutes=1) < datetime.fromisoformat(done["completedAt"]) <= now


async def test_the_version_is_optional(own_workline: Workline) -> None:
    assert (await complete(own_workline, OPEN))["task"]["status"] == "DONE"
    assert (await complete(own_workline, IN_PROGRESS, expectedVersion=None))["task"]["status"] == "DONE"


async def test_a_done_task_stays_unchanged(own_workline: Workline) -> None:
    (error,) = (await complete(own_workline, DONE))["errors"]
    assert error == {
        "__typename": "ConflictError",
        "code": "CONFLICT",
        "path": ["id"],
        "message": "Task is already done.",
        "current": {
            "__typename": "Task",
            "id": DONE,
            "status": "DONE",
            "completedBy": {"id": str(id_of("users", 1))},
            "version": 3,
        },
        "currentVersion": 3,
    }


async def test_a_task_of_another_version_is_a_conflict(own_workline: Workline) -> None:
    payload = await complete(own_workline, OPEN, expectedVersion=7)
    (error,) = payload["errors"]
    assert payload["task"] is None
    assert (error["__typename"], error["path"]) == ("ConflictError", ["expectedVersion"])
    assert (error["current"]["status"], error["current"]["version"], error["currentVersion"]) == ("OPEN", 1, 1)


async def test_a_cancelled_task_cannot_be_done(own_workline: Workline) -> None:
    payload = await complete(own_workline, CANCELLED)
    (error,) = payload["errors"]
    assert (payload["task"], error["__typename"], error["path"]) == (None, "ValidationError", ["id"])


@pytest.mark.parametrize("id", [UNKNOWN_IDS, str(id_of("tasks", BRAVO.rows - 1)), str(id_of("workers", 0))])
async def test_an_unknown_task_is_not_found(own_workline: Workline, id: str) -> None:
    payload = await complete(own_workline, id)
    (error,) = payload["errors"]
    assert (payload["task"], error["__typename"], error["path"]) == (None, "NotFoundError", ["id"])


async def test_a_malformed_id_is_invalid(workline: Workline) -> None:
    (error,) = (await workline.fetch(COMPLETE, id="7"))["completeTask"]["errors"]
    assert (error["__typename"], error["path"]) == ("ValidationError", ["id"])


async def test_one_of_many_concurrent_calls_completes_the_task(own_workline: Workline) -> None:
    payloads = await asyncio.gather(*(complete(own_workline, OPEN, by=number % 2) for number in range(12)))
    (first,) = [payload["task"] for payload in payloads if payload["task"]]
    conflicts = [error for payload in payloads for error in payload["errors"]]
    assert len(conflicts) == 11
    assert {error["__typename"] for error in conflicts} == {"ConflictError"}
    assert {error["current"]["completedBy"]["id"] for error in conflicts} == {first["completedBy"]["id"]}
    assert {error["currentVersion"] for error in conflicts} == {first["version"]} == {2}


async def test_two_fields_of_one_request_run_in_order(own_workline: Workline) -> None:
    twice = f'first: completeTask(input: {{id: "{OPEN}"}}) {{ task {{ status }} errors {{ code }} }} '
    twice += twice.replace("first", "second")
    data = await own_workline.fetch(f"mutation {{ {twice} }}")
    assert data["first"] == {"task": {"status": "DONE"}, "errors": []}
    assert data["second"] == {"task": None, "errors": [{"code": "CONFLICT"}]}


async def test_the_statements_lock_update_and_read(own_workline: Workline) -> None:
    with own_workline.statements() as statements:
        await own_workline.fetch(f'mutation {{ completeTask(input: {{id: "{OPEN}"}}) {{ task {{ status }} }} }}')
    locked, changed, *read = statements
    assert "FOR NO KEY UPDATE" in locked
    assert "UPDATE tasks SET" in changed
    assert "tasks.version = " in changed, "optimistic locking"
    assert [each.split()[0] for each in read] == ([] if own_workline.by_plans else ["SELECT"])
