"""Rules that create and change many tasks at once, with a few statements for all of them."""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any
from uuid import UUID

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Refused, RuleError, refuse, rule_errors
from schema.work.models import Task
from schema.work.rules.assigning import check_assignable, unfit_workers
from schema.work.rules.subtasks import check_parents, hold_tree
from schema.work.rules.tasks import new_task

Row = Mapping[str, Any]
"""Arguments of the rule for one task."""


async def create_tasks(tx: WriteTransaction, rows: Sequence[Row]) -> Sequence[Task]:
    """Create open tasks of the viewer. Raises Refused with the errors of all rows, prefixed with their indexes.

    Raises IntegrityError for other references to missing records.
    """
    refuse(await _unfit(tx, rows))
    return await tx.save_all([new_task(tx, row) for row in rows])  # type: ignore[arg-type]


async def update_tasks(tx: WriteTransaction, rows: Sequence[Row]) -> Sequence[Task]:
    """Change tasks. Raises Refused with the errors of all rows, prefixed with their indexes.

    Raises IntegrityError for a missing category.
    """
    if any(row.get("parent_id") is not None for row in rows):
        await hold_tree(tx)
    tasks = await _lock(tx, rows)
    errors = _unassignable(tasks, rows) + await _unfit(tx, rows)
    parents = {row["id"]: row["parent_id"] for row in rows if row.get("parent_id") is not None}
    if parents:
        errors += _by_row(await check_parents(tx, parents), [task.id for task in tasks])
    refuse(errors)
    for task, row in zip(tasks, rows, strict=True):
        for name in row.keys() - {"id", "expected_version"}:
            setattr(task, name, row[name])
    return await tx.save_all(tasks)


async def _lock(tx: WriteTransaction, rows: Sequence[Row]) -> Sequence[Task]:
    """Return the tasks, locked. Raises Refused with their errors and those of the workers."""
    try:
        return await tx.lock_all(Task, [row["id"] for row in rows], [row.get("expected_version") for row in rows])
    except Refused as refused:
        raise Refused([*rule_errors(refused), *await _unfit(tx, rows)]) from None


def _unassignable(tasks: Sequence[Task], rows: Sequence[Row]) -> list[RuleError]:
    errors: list[RuleError] = []
    for index, (task, row) in enumerate(zip(tasks, rows, strict=True)):
        if row.get("assignee_id", task.assignee_id) != task.assignee_id:
            try:
                check_assignable(task, index, "assigneeId")
            except RuleError as error:
                errors.append(error)
    return errors


async def _unfit(tx: WriteTransaction, rows: Sequence[Row]) -> list[RuleError]:
    """Return the errors of workers that take no tasks, with one statement."""
    workers = [row.get("assignee_id") for row in rows]
    given = {id for id in workers if id is not None}
    return _by_row(await unfit_workers(tx, given, "assigneeId"), workers) if given else []


def _by_row(errors: Mapping[UUID, RuleError], keys: Sequence[UUID | None]) -> list[RuleError]:
    """Return the errors of the rows' keys, each with the row's index in front of its path."""
    found = []
    for index, key in enumerate(keys):
        if key is not None and key in errors:
            error = copy(errors[key])
            error.path = (index, *error.path)
            found.append(error)
    return found
