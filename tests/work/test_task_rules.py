"""Rules of tasks, tested without GraphQL: changes of status, and concurrent changes."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from graphql_app.errors import Conflict, Denied, Invalid, NotFound
from schema.errors import IllegalState
from schema.work.models import Category, Task, TaskStatus
from schema.work.rules import assigning, categories, tasks
from schema.work.rules import bulk as many_tasks
from schema.work.rules import status as progress
from tests.support.organizations import ALPHA, BRAVO, id_of
from tests.support.rule_runner import Ruling, refusal

OPEN, IN_PROGRESS, DONE, CANCELLED, LAST = (id_of("tasks", number) for number in range(5))
BY_STATUS = dict(zip(TaskStatus, (OPEN, IN_PROGRESS, DONE, CANCELLED), strict=True))
MOVES = {
    TaskStatus.OPEN: progress.reopen_task,
    TaskStatus.IN_PROGRESS: progress.start_task,
    TaskStatus.DONE: progress.complete_task,
    TaskStatus.CANCELLED: progress.cancel_task,
}
ALLOWED = {
    ("OPEN", "IN_PROGRESS"),
    ("OPEN", "DONE"),
    ("OPEN", "CANCELLED"),
    ("IN_PROGRESS", "OPEN"),
    ("IN_PROGRESS", "DONE"),
    ("IN_PROGRESS", "CANCELLED"),
    ("DONE", "OPEN"),
    ("CANCELLED", "OPEN"),
}
LEFT = id_of("workers", 3)


async def add(ruling: Ruling, title: str = "Something", **given: Any) -> Task:
    """Create a task as Alpha's second user."""
    return await ruling.run(lambda tx: tasks.create_task(tx, title=title, **given), by=id_of("users", 1))


async def update(ruling: Ruling, id: UUID, **changes: Any) -> Task:
    """Update a task."""
    return await ruling.run(lambda tx: tasks.update_task(tx, id=id, **changes))


async def execute(ruling: Ruling, statement: str, *arguments: object) -> None:
    """Execute SQL without rules."""
    async with ruling.database.as_system() as connection:
        await connection.execute(statement, *arguments)


async def found(ruling: Ruling, id: UUID) -> Task | None:
    """Return the stored task."""
    return await ruling.run(lambda tx: tx.find(Task, id))


@pytest.mark.parametrize("to", TaskStatus)
@pytest.mark.parametrize("was", TaskStatus)
async def test_a_task_may_change_only_to_allowed_statuses(ruling: Ruling, was: TaskStatus, to: TaskStatus) -> None:
    moving = ruling.run(lambda tx: MOVES[to](tx, id=BY_STATUS[was]), by=id_of("users", 1))
    if (was, to) in ALLOWED:
        task = await moving
        assert task.status is to
        assert (task.completed_at is not None) == (to is TaskStatus.DONE)
        assert (task.completed_by_id == id_of("users", 1)) == (to is TaskStatus.DONE)
    else:
        assert await refusal(moving) == [(Conflict if was is to else IllegalState, ("id",))]


async def test_a_task_of_a_fulfilled_order_cannot_be_reopened(ruling: Ruling) -> None:
    await execute(ruling, "UPDATE tasks SET order_id = $1 WHERE id = $2", id_of("orders", 3), DONE)
    reopening = ruling.run(lambda tx: progress.reopen_task(tx, id=DONE))
    assert await refusal(reopening) == [(IllegalState, ("id",))]


async def test_one_of_two_concurrent_calls_completes_a_task(ruling: Ruling) -> None:
    doing = (ruling.run(lambda tx: progress.complete_task(tx, id=OPEN), by=id_of("users", n % 3)) for n in range(8))
    done = await asyncio.gather(*doing, return_exceptions=True)
    (first,) = [each for each in done if isinstance(each, Task)]
    assert {type(each) for each in done if each is not first} == {Conflict}


async def test_one_of_two_changes_of_the_same_version_succeeds(ruling: Ruling) -> None:
    changing = (update(ruling, OPEN, title=f"Title {n}", expected_version=1) for n in range(8))
    done = await asyncio.gather(*changing, return_exceptions=True)
    (first,) = [each for each in done if isinstance(each, Task)]
    assert [each.path for each in done if isinstance(each, Conflict)] == [("expectedVersion",)] * 7
    now = await found(ruling, OPEN)
    assert now is not None
    assert (now.title, now.version) == (first.title, 2)


async def test_omitted_fields_stay_and_null_clears(ruling: Ruling) -> None:
    before = await found(ruling, OPEN)
    task = await update(ruling, OPEN, description=None, priority=5)
    assert before is not None
    assert (task.description, task.priority, task.title, task.due_at) == (None, 5, before.title, before.due_at)
    assert (await update(ruling, OPEN)).version == task.version, "an empty change is no change"


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"title": ""}, (Invalid, ("title",))),
        ({"category_id": uuid4()}, (NotFound, ("categoryId",))),
        ({"assignee_id": uuid4()}, (NotFound, ("assigneeId",))),
        ({"assignee_id": LEFT}, (Invalid, ("assigneeId",))),
        ({"parent_id": uuid4()}, (NotFound, ("parentId",))),
        ({"parent_id": OPEN}, (Invalid, ("parentId",))),
        ({"parent_id": CANCELLED}, (Invalid, ("parentId",))),
        ({"title": "x", "expected_version": 4}, (Conflict, ("expectedVersion",))),
    ],
)
async def test_an_invalid_change_is_refused(ruling: Ruling, changes: dict[str, Any], refused: object) -> None:
    """The first task is the parent of the second, which is the parent of the fourth."""
    assert await refusal(update(ruling, OPEN, **changes)) == [refused]


async def test_a_task_cannot_be_moved_below_itself(ruling: Ruling) -> None:
    assert (await update(ruling, LAST, parent_id=OPEN)).parent_id == OPEN
    assert (await update(ruling, IN_PROGRESS, parent_id=LAST)).parent_id == LAST
    assert await refusal(update(ruling, LAST, parent_id=CANCELLED)) == [(Invalid, ("parentId",))]
    assert (await update(ruling, LAST, parent_id=None)).parent_id is None


@pytest.mark.parametrize("count", [2, 3, 6])
async def test_concurrent_moves_cannot_close_a_cycle(ruling: Ruling, count: int) -> None:
    """Each is valid alone: some are executed, and the later ones are refused."""
    ring = [(await add(ruling, f"Task {n}")).id for n in range(count)]
    moves = (update(ruling, id, parent_id=ring[(n + 1) % count]) for n, id in enumerate(ring))
    done = await asyncio.gather(*moves, return_exceptions=True)
    assert [type(each) for each in done if isinstance(each, BaseException)] == [Invalid]
    parents = {id: each.parent_id for id, each in zip(ring, done, strict=True) if isinstance(each, Task)}
    assert len(parents) == count - 1


async def test_bulk_moves_cannot_close_a_cycle(ruling: Ruling) -> None:
    one, two = [(await add(ruling)).id for _ in range(2)]
    rows = [{"id": one, "parent_id": two}, {"id": two, "parent_id": one}]
    moving = ruling.run(lambda tx: many_tasks.update_tasks(tx, rows))
    assert await refusal(moving) == [(Invalid, (0, "parentId")), (Invalid, (1, "parentId"))]


async def test_the_assignee_can_be_changed_until_the_task_is_finished(ruling: Ruling) -> None:
    async def assign(id: UUID, worker: UUID) -> Task:
        return await ruling.run(lambda tx: assigning.assign_task(tx, id=id, worker_id=worker))

    worker = id_of("workers", 1)
    assert (await assign(IN_PROGRESS, worker)).assignee_id == worker
    assert await refusal(assign(IN_PROGRESS, LEFT)) == [(Invalid, ("workerId",))]
    assert await refusal(assign(IN_PROGRESS, uuid4())) == [(NotFound, ("workerId",))]
    assert await refusal(assign(DONE, worker)) == [(IllegalState, ("id",))]
    free = ruling.run(lambda tx: assigning.unassign_task(tx, id=IN_PROGRESS))
    assert (await free).assignee_id is None
    assert await refusal(update(ruling, DONE, assignee_id=id_of("workers", 2))) == [(IllegalState, ("assigneeId",))]


async def test_a_task_is_deleted_with_its_subtasks_unless_one_belongs_to_an_order(ruling: Ruling) -> None:
    async def delete(id: UUID, **worker: Any) -> Task:
        return await ruling.run(lambda tx: tasks.delete_task(tx, id=id), **worker)

    assert await refusal(delete(OPEN)) == [(Invalid, ("id",))]
    await execute(ruling, "UPDATE tasks SET order_id = NULL WHERE organization_id = $1", ALPHA.organization)
    await delete(OPEN)
    assert [await found(ruling, id) for id in (OPEN, IN_PROGRESS, DONE, CANCELLED)] == [None] * 4
    async with ruling.database.as_system() as connection:
        rows = await connection.fetchval("SELECT count(*) FROM tasks WHERE organization_id = $1", BRAVO.organization)
    assert rows == BRAVO.rows
    mine = await add(ruling)
    assert await refusal(delete(mine.id, by=id_of("users", 2), role="MEMBER")) == [(Denied, ("id",))]
    assert (await delete(mine.id, by=id_of("users", 1), role="MEMBER")).id == mine.id


async def test_a_category_is_created_with_its_first_task_or_not_at_all(ruling: Ruling) -> None:
    async def create(name: str, **task: Any) -> Any:
        given = {"category": {"name": name}, "task": {"title": "Something", **task}}
        return await ruling.run(lambda tx: tasks.create_task_with_category(tx, **given))

    async def names() -> set[str]:
        async with ruling.database.as_system() as connection:
            return {row["name"] for row in await connection.fetch("SELECT name FROM categories")}

    done = await create("Roofs")
    assert done.record.category_id == done.others["category"].id
    before = await names()
    assert await refusal(create("Roofs")) == [(Invalid, ("category", "name"))]
    assert await refusal(create("Walls", assignee_id=LEFT)) == [(Invalid, ("task", "assigneeId"))]
    assert await refusal(create("Walls", parent_id=uuid4())) == [(NotFound, ("task", "parentId"))]
    assert await names() == before


async def test_tasks_of_a_deleted_category_stay_without_one(ruling: Ruling) -> None:
    category = id_of("categories", 0)
    before = await found(ruling, OPEN)
    await ruling.run(lambda tx: categories.delete_category(tx, id=category))
    after = await found(ruling, OPEN)
    assert before is not None
    assert after is not None
    assert (before.category_id, after.category_id) == (category, None)
    assert (after.version, after.updated_at > before.updated_at) == (before.version + 1, True)


async def test_a_category_is_deleted_while_tasks_are_added(ruling: Ruling) -> None:
    """Each task either lost its category or was refused because it came too late."""
    category = await ruling.run(lambda tx: categories.create_category(tx, name="Roofs"))
    deleting = ruling.run(lambda tx: categories.delete_category(tx, id=category.id))
    adding = [add(ruling, "On the roof", category_id=category.id) for _ in range(8)]
    gone, *added = await asyncio.gather(deleting, *adding, return_exceptions=True)
    assert isinstance(gone, Category)
    assert {type(each) for each in added} <= {Task, NotFound}
    for task in added:
        now = await found(ruling, task.id) if isinstance(task, Task) else None
        assert now is None or now.category_id is None
