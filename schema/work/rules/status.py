"""Rules of a task's status: it is started, completed, cancelled, and reopened."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Conflict, RuleError, refuse, rule_errors, within
from schema.billing.models import Order, OrderStatus
from schema.errors import IllegalState
from schema.work.models import Task, TaskStatus

OPEN, IN_PROGRESS, DONE, CANCELLED = TaskStatus
MOVES = {
    IN_PROGRESS: {OPEN},
    DONE: {OPEN, IN_PROGRESS},
    CANCELLED: {OPEN, IN_PROGRESS},
    OPEN: {IN_PROGRESS, DONE, CANCELLED},
}
"""Statuses from which a task may change to each status."""
WORDS = {OPEN: "open", IN_PROGRESS: "in progress", DONE: "done", CANCELLED: "cancelled"}


def check_move(task: Task, to: TaskStatus) -> None:
    """Raise Conflict if the task has this status already, and IllegalState if it cannot change to it."""
    if task.status is to:
        raise Conflict(f"Task is already {WORDS[to]}.", "id", model=Task, id=task.id)
    if task.status not in MOVES[to]:
        was = WORDS[task.status]
        raise IllegalState(f"Task is {was}. Reopen it first.", "id")


async def start_task(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Task:
    """Start a task. Raises NotFound, Conflict, and IllegalState for a finished task."""
    task = await tx.lock(Task, id, expected_version)
    check_move(task, IN_PROGRESS)
    return await tx.change(task, status=IN_PROGRESS)


async def complete_task(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Task:
    """Complete a task. Only the first completion succeeds and is credited.

    Raises NotFound, Conflict if it is done already or not at the expected version, and IllegalState for a cancelled
    one.
    """
    task = await tx.lock(Task, id, expected_version)
    check_move(task, DONE)
    return await tx.change(task, **_done(tx))


async def complete_tasks(tx: WriteTransaction, rows: Sequence[Mapping[str, Any]]) -> Sequence[Task]:
    """Complete many tasks. Raises Refused with the errors of all that cannot be completed."""
    ids, versions = [row["id"] for row in rows], [row.get("expected_version") for row in rows]
    tasks = await tx.lock_all(Task, ids, versions)
    errors: list[RuleError] = []
    for index, task in enumerate(tasks):
        try:
            with within(index):
                check_move(task, DONE)
        except RuleError as error:
            errors += rule_errors(error)
    refuse(errors)
    for task in tasks:
        for name, value in _done(tx).items():
            setattr(task, name, value)
    return await tx.save_all(tasks)


def _done(tx: WriteTransaction) -> dict[str, Any]:
    """Return the column values of a task that the viewer completes now."""
    return {"status": DONE, "completed_at": datetime.now(UTC), "completed_by_id": tx.viewer.user_id}


async def cancel_task(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Task:
    """Cancel a task. Raises NotFound, Conflict, and IllegalState for one that is done."""
    task = await tx.lock(Task, id, expected_version)
    check_move(task, CANCELLED)
    return await tx.change(task, status=CANCELLED)


async def reopen_task(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Task:
    """Reopen a task, from any other status.

    Raises NotFound, Conflict, and IllegalState if the task's order was fulfilled.
    """
    seen = await tx.find(Task, id)
    fulfilled = seen is not None and seen.order_id is not None and await _is_fulfilled(tx, seen.order_id)
    task = await tx.lock(Task, id, expected_version)
    check_move(task, OPEN)
    if fulfilled:
        raise IllegalState("The order of this task is fulfilled. Create a new task instead.", "id")
    return await tx.change(task, status=OPEN, completed_at=None, completed_by_id=None, processed_at=None)


async def _is_fulfilled(tx: WriteTransaction, order_id: UUID) -> bool:
    """Return True if the order is fulfilled. Locks the order, before its task, against a concurrent fulfilment."""
    (order,) = await tx.find_where(Order, locked=True, id=order_id)
    return order.status is OrderStatus.FULFILLED
