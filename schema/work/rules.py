"""What can be done with tasks. Rules know nothing of GraphQL: they get a transaction and plain values."""

from datetime import UTC, datetime
from uuid import UUID

from graphql_app.database.database import Database
from graphql_app.errors import Conflict, Invalid
from schema.people.models import Worker
from schema.work.models import Task, TaskStatus


async def create_task(
    db: Database,
    *,
    title: str,
    description: str | None = None,
    priority: int | None = None,
    due_at: datetime | None = None,
    category_id: UUID | None = None,
    assignee_id: UUID | None = None,
    parent_id: UUID | None = None,
) -> Task:
    """A new open task of the viewer's.

    Raises Invalid for a worker who takes no more tasks, and IntegrityError, which tells the field, for a reference to
    nothing or a value that is not allowed.
    """
    if assignee_id is not None:
        await _check_takes_tasks(db, assignee_id)
    task = Task(
        organization_id=db.organization_id,
        creator_id=db.viewer.user_id,
        title=title,
        description=description,
        priority=DEFAULT_PRIORITY if priority is None else priority,
        due_at=due_at,
        category_id=category_id,
        assignee_id=assignee_id,
        parent_id=parent_id,
    )
    return await db.save(task)


DEFAULT_PRIORITY = 3


async def _check_takes_tasks(db: Database, worker_id: UUID) -> None:
    worker = await db.find(Worker, worker_id)
    if worker is not None and worker.deactivated_at is not None:
        raise Invalid("This worker takes no more tasks.", "assigneeId")


async def complete_task(db: Database, *, id: UUID, expected_version: int | None = None) -> Task:
    """Declare a task done. It cannot be done twice: who was first gets the credit.

    Raises NotFound; Conflict when it is done already or not at the expected version; Invalid when it was cancelled.
    """
    task = await db.claim(Task, id, expected_version)
    if task.status is TaskStatus.DONE:
        raise Conflict("This task is already done.", "id", model=Task, id=id)
    if task.status is TaskStatus.CANCELLED:
        raise Invalid("A cancelled task cannot be done.", "id")
    task.status = TaskStatus.DONE
    task.completed_at = datetime.now(UTC)
    task.completed_by_id = db.viewer.user_id
    return await db.save(task)
