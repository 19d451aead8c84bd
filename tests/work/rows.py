"""Tasks for tests of the database."""

from datetime import UTC, datetime

from schema.work.models import Category, Label, Task, TaskLabel, TaskStatus
from tests.database.sample_rows import Rows

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


async def fill(rows: Rows) -> None:
    """Insert a done task with a category, a label and a subtask."""
    user, category = rows.ids["user"], await rows.add(Category, name="Repair")
    label = await rows.add(Label, name="urgent", color="#c0ffee")
    task = rows.ids["task"] = await rows.add(
        Task,
        title="Mend the bicycle",
        category_id=category,
        assignee_id=rows.ids["worker"],
        creator_id=user,
        completed_by_id=user,
        order_id=rows.ids["order"],
        status=TaskStatus.DONE,
        completed_at=NOW,
    )
    await rows.add(Task, title="Mend the tire", creator_id=user, parent_id=task)
    await rows.save(TaskLabel(organization_id=rows.organization, task_id=task, label_id=label))
