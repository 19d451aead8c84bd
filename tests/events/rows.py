"""Events for tests of the database."""

from uuid import uuid4

from graphql_app.events.models import ChangeOperation, Event
from tests.database.sample_rows import Rows


async def fill(rows: Rows) -> None:
    """Insert the event of a task."""
    given = {"type": "task.created", "operation": ChangeOperation.CREATED, "subject_type": "Task"}
    await rows.add(Event, **given, subject_id=uuid4(), changes={"title": [None, "Mend the bicycle"]})
