"""Rules of labels. Managers maintain them. All users add them to tasks and remove them."""

from collections.abc import Sequence
from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from graphql_app.database.database import Database
from graphql_app.database.row_locks import among
from graphql_app.errors import NotFound, refuse
from schema.work.models import Label, Task, TaskLabel
from schema.work.rules.rights import check_manages


class Changes(TypedDict, total=False):
    """Values of a label that can be changed. Omitted ones stay as they are."""

    name: str
    color: str


async def create_label(db: Database, *, name: str, color: str) -> Label:
    """Create a label. Raises Denied, and Invalid for a name that another one has."""
    check_manages(db)
    return await db.save(Label(organization_id=db.organization_id, name=name, color=color))


async def update_label(
    db: Database, *, id: UUID, expected_version: int | None = None, **changes: Unpack[Changes]
) -> Label:
    """Change a label. Raises Denied, NotFound, Conflict, and Invalid for a name that another one has."""
    check_manages(db)
    return await db.update(Label, id, expected_version, **changes)


async def delete_label(db: Database, *, id: UUID, expected_version: int | None = None) -> Label:
    """Delete a label, also from its tasks. Raises Denied, NotFound and Conflict."""
    check_manages(db)
    gone = await db.delete_if(Label, id, expected_version)
    return gone or await db.delete(await db.claim(Label, id, expected_version))


async def add_task_labels(
    db: Database, *, id: UUID, label_ids: Sequence[UUID], expected_version: int | None = None
) -> Task:
    """Add labels to a task. Those that it already has are no error.

    Raises NotFound, Conflict, and Refused with a NotFound for each label that does not exist.
    """
    task = await db.claim(Task, id, expected_version)
    await _hold_labels(db, label_ids)
    rows = [{"organization_id": db.organization_id, "task_id": id, "label_id": each} for each in _once(label_ids)]
    added = insert(TaskLabel).on_conflict_do_nothing().returning(TaskLabel.label_id)
    return await _changed(db, task, (await db.execute(added.values(rows))).all())


async def remove_task_labels(
    db: Database, *, id: UUID, label_ids: Sequence[UUID], expected_version: int | None = None
) -> Task:
    """Remove labels from a task. Those that it does not have are no error.

    Raises NotFound, Conflict, and Refused with a NotFound for each label that does not exist.
    """
    task = await db.claim(Task, id, expected_version)
    await _hold_labels(db, label_ids)
    mine = (
        TaskLabel.organization_id == db.organization_id,
        TaskLabel.task_id == id,
        among(TaskLabel.label_id, label_ids),
    )
    removed = delete(TaskLabel).where(*mine).returning(TaskLabel.label_id)
    return await _changed(db, task, (await db.execute(removed)).all())


async def _hold_labels(db: Database, ids: Sequence[UUID]) -> None:
    """Lock the labels against deletion. Raises Refused for those that do not exist."""
    mine = Label.organization_id == db.organization_id, among(Label.id, ids)
    held = select(Label.id).where(*mine).order_by(Label.id).with_for_update(read=True, key_share=True)
    found = set((await db.execute(held)).scalars())
    missing = [index for index, id in enumerate(ids) if id not in found]
    refuse([NotFound("There is no label with this id.", "labelIds", index) for index in missing])


async def _changed(db: Database, task: Task, changed: Sequence[object]) -> Task:
    """Mark the task as changed if its labels have changed, although its columns have not."""
    return await db.change(task, updated_at=func.now()) if changed else task


def _once(ids: Sequence[UUID]) -> Sequence[UUID]:
    return list(dict.fromkeys(ids))
