"""Rules of assigning tasks to workers."""

from collections.abc import Collection, Sequence
from uuid import UUID

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Invalid, NotFound, PathItem, RuleError
from schema.errors import IllegalState
from schema.people.models import Worker
from schema.work.models import FINISHED, Task


async def assign_task(tx: WriteTransaction, *, id: UUID, worker_id: UUID, expected_version: int | None = None) -> Task:
    """Assign a task to this worker, in place of the present one.

    Raises NotFound, Conflict, Invalid for a worker that takes no more tasks, and IllegalState for a finished task.
    """
    task = await tx.lock(Task, id, expected_version)
    check_assignable(task, "id")
    check_fit(await tx.find(Worker, worker_id), "workerId")
    return await tx.change(task, assignee_id=worker_id)


async def unassign_task(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Task:
    """Remove the assignment of a task. Raises NotFound, Conflict, and IllegalState for a finished task."""
    task = await tx.lock(Task, id, expected_version)
    check_assignable(task, "id")
    return await tx.change(task, assignee_id=None)


def check_assignable(task: Task, *path: PathItem) -> None:
    """Raise IllegalState for a finished task, whose assignee is part of its history."""
    if task.status in FINISHED:
        raise IllegalState(
            "The assignee of a task that is done or cancelled cannot be changed. Reopen the task first.", *path
        )


async def check_takes_tasks(tx: WriteTransaction, worker_id: UUID, path: PathItem) -> None:
    """Raise Invalid for a worker that takes no more tasks. Saving the task detects a missing worker."""
    worker = await tx.find(Worker, worker_id)
    if worker is not None:
        check_fit(worker, path)


def check_fit(worker: Worker | None, path: PathItem) -> None:
    """Raise NotFound without a worker, and Invalid for one that takes no more tasks."""
    for error in _unfit(worker, path):
        raise error


async def unfit_workers(tx: WriteTransaction, ids: Collection[UUID], path: PathItem) -> dict[UUID, RuleError]:
    """Return the errors of those workers that cannot be assigned, by id, with one statement."""
    found = await tx.find_by_id(Worker, ids)
    return {id: error for id in ids for error in _unfit(found.get(id), path)}


def _unfit(worker: Worker | None, path: PathItem) -> Sequence[RuleError]:
    if worker is None:
        return [NotFound("There is no worker with this ID.", path)]
    if worker.deactivated_at is not None:
        return [Invalid("Worker is deactivated, so no tasks can be assigned.", path)]
    return []
