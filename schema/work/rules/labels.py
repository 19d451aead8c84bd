"""Rules of labels. Managers maintain them. All users add them to tasks and remove them."""

from collections.abc import Sequence
from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy import Executable, Uuid, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import NotFound, refuse
from graphql_app.sql.parameters import KEYS, ORGANIZATION, in_keys, in_tenant
from schema.work.models import Label, Task, TaskLabel

NOW = func.now()
TASK_ID = bindparam("task_id", type_=Uuid())
HOLD = (
    select(Label.id)
    .where(in_tenant(Label), in_keys(Label.id))
    .order_by(Label.id)
    .with_for_update(read=True, key_share=True)
)
ADD = (
    insert(TaskLabel)
    .from_select(["organization_id", "task_id", "label_id"], select(ORGANIZATION, TASK_ID, func.unnest(KEYS)))
    .on_conflict_do_nothing()
    .returning(TaskLabel.label_id)
)
REMOVE = (
    delete(TaskLabel)
    .where(in_tenant(TaskLabel), TaskLabel.task_id == TASK_ID, in_keys(TaskLabel.label_id))
    .returning(TaskLabel.label_id)
)


class Changes(TypedDict, total=False):
    """Values of a label that can be changed. Omitted ones stay as they are."""

    name: str
    color: str


async def create_label(tx: WriteTransaction, *, name: str, color: str) -> Label:
    """Create a label. Raises Invalid for a name that another one has."""
    return await tx.save(Label(organization_id=tx.organization_id, name=name, color=color))


async def update_label(
    tx: WriteTransaction, *, id: UUID, expected_version: int | None = None, **changes: Unpack[Changes]
) -> Label:
    """Change a label. Raises NotFound, Conflict, and Invalid for a name that another one has."""
    return await tx.update(Label, id, expected_version, **changes)


async def delete_label(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Label:
    """Delete a label, also from its tasks. Raises NotFound and Conflict."""
    gone = await tx.delete_if(Label, id, expected_version)
    return gone or await tx.delete(await tx.lock(Label, id, expected_version))


async def add_task_labels(
    tx: WriteTransaction, *, id: UUID, label_ids: Sequence[UUID], expected_version: int | None = None
) -> Task:
    """Add labels to a task. Those that it already has are no error.

    Raises NotFound, Conflict, and Refused with a NotFound for each label that does not exist.
    """
    return await _change_labels(tx, ADD, id, label_ids, expected_version)


async def remove_task_labels(
    tx: WriteTransaction, *, id: UUID, label_ids: Sequence[UUID], expected_version: int | None = None
) -> Task:
    """Remove labels from a task. Those that it does not have are no error.

    Raises NotFound, Conflict, and Refused with a NotFound for each label that does not exist.
    """
    return await _change_labels(tx, REMOVE, id, label_ids, expected_version)


async def _change_labels(
    tx: WriteTransaction, change: Executable, id: UUID, label_ids: Sequence[UUID], expected_version: int | None
) -> Task:
    """Change the labels of a task, which are locked against deletion, and its version if they differ then."""
    task = await tx.lock(Task, id, expected_version)
    found = {label_id for (label_id,) in await tx.fetch(HOLD, keys=label_ids)}
    missing = [index for index, label_id in enumerate(label_ids) if label_id not in found]
    refuse([NotFound("There is no label with this ID.", "labelIds", index) for index in missing])
    changed = [label_id for (label_id,) in await tx.fetch(change, task_id=id, keys=label_ids)]
    if changed:
        tx.events.note(Task, id, label_ids=([], changed) if change is ADD else (changed, []))
    return await tx.change(task, updated_at=NOW) if changed else task
