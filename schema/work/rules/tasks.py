"""Rules that create a task, alone or with its category, change it and delete it."""

from datetime import datetime
from typing import Any, Required, TypedDict, Unpack
from uuid import UUID

from graphql_app.database.constraints import translate_constraint_errors
from graphql_app.database.transaction import RuleResult, WriteTransaction
from graphql_app.errors import Invalid, within
from schema.work.models import Category, Task
from schema.work.rules.assigning import check_assignable, check_fit, check_takes_tasks
from schema.work.rules.categories import create_category
from schema.work.rules.subtasks import check_parents, delete_unordered, hold_tree, is_ordered

DEFAULT_PRIORITY = 3


class NewTask(TypedDict, total=False):
    """Values of a new task. All but the title may be omitted."""

    title: Required[str]
    description: str | None
    priority: int | None
    due_at: datetime | None
    category_id: UUID | None
    assignee_id: UUID | None
    parent_id: UUID | None


class Changes(TypedDict, total=False):
    """Values of a task that can be changed. Omitted ones stay as they are."""

    title: str
    description: str | None
    priority: int
    due_at: datetime | None
    category_id: UUID | None
    assignee_id: UUID | None
    parent_id: UUID | None


async def create_task(tx: WriteTransaction, **given: Unpack[NewTask]) -> Task:
    """Create an open task of the viewer.

    Raises Invalid for a worker that takes no more tasks and for a value that is not allowed, and NotFound, with the
    field, for a reference to a missing record.
    """
    task = new_task(tx, given)
    if task.assignee_id is None:
        return await tx.save(task)
    saved, worker = await tx.save_with(task, Task.assignee)
    check_fit(worker, "assigneeId")
    return saved


def new_task(tx: WriteTransaction, given: NewTask) -> Task:
    """Return the unsaved task."""
    values: dict[str, Any] = {**given}
    if values.get("priority") is None:
        values["priority"] = DEFAULT_PRIORITY
    return Task(organization_id=tx.organization_id, creator_id=tx.viewer.user_id, **values)


async def create_task_with_category(
    tx: WriteTransaction, *, category: dict[str, Any], task: dict[str, Any]
) -> RuleResult:
    """Create a category and the first task in it: both, or neither. Raises the errors of creating each of them."""
    with within("category"), translate_constraint_errors(Category):
        made = await create_category(tx, **category)
    with within("task"), translate_constraint_errors(Task):
        return RuleResult(await create_task(tx, **task, category_id=made.id), others={"category": made})


async def update_task(
    tx: WriteTransaction, *, id: UUID, expected_version: int | None = None, **changes: Unpack[Changes]
) -> Task:
    """Change a task.

    Raises NotFound, Conflict, Invalid for a worker that takes no more tasks and for a task that would become its own
    subtask, and IllegalState for a finished task that is assigned.
    """
    if not changes.keys() & {"assignee_id", "parent_id"}:
        return await tx.update(Task, id, expected_version, **changes)
    if changes.get("parent_id") is not None:
        await hold_tree(tx)
    task = await tx.lock(Task, id, expected_version)
    await _check_references(tx, task, changes)
    return await tx.change(task, **changes)


async def _check_references(tx: WriteTransaction, task: Task, changes: Changes) -> None:
    worker_id, parent_id = changes.get("assignee_id"), changes.get("parent_id")
    if "assignee_id" in changes and worker_id != task.assignee_id:
        check_assignable(task, "assigneeId")
        if worker_id is not None:
            await check_takes_tasks(tx, worker_id, "assigneeId")
    if parent_id is not None:
        for error in (await check_parents(tx, {task.id: parent_id})).values():
            raise error


async def delete_task(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Task:
    """Delete a task with its subtasks and with the comments on them.

    Raises NotFound, Denied, Conflict, and Invalid if it, or one of its subtasks, belongs to an order.
    """
    await hold_tree(tx, shared=True)
    deleted = await tx.fetch(delete_unordered(tx.scope.rules, tx.scope.audience), id=id, version=expected_version)
    if deleted:
        tx.events.note_deleted(Task, [id], *deleted)
        return Task(organization_id=tx.organization_id, id=id)
    task = await tx.lock(Task, id, expected_version)
    if await is_ordered(tx, task.id):
        raise Invalid("The task or one of its subtasks fulfils an order. Cancel the task instead.", "id")
    return await tx.delete(task)
