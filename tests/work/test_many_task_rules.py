"""Rules of many tasks in one call, tested without GraphQL: errors of every row, and few statements."""

from typing import Any
from uuid import uuid4

import pytest

from graphql_app.errors import Conflict, Invalid, NotFound
from schema.errors import IllegalState
from schema.work.models import Task, TaskStatus
from schema.work.rules import bulk as many_tasks
from schema.work.rules import status as progress
from tests.support.organizations import id_of
from tests.support.rule_runner import Ruling, refusal

OPEN, IN_PROGRESS, DONE, CANCELLED, LAST = (id_of("tasks", number) for number in range(5))
LEFT, WORKER = id_of("workers", 3), id_of("workers", 2)
Row = dict[str, Any]


async def create(ruling: Ruling, *rows: Row) -> list[Task]:
    return list(await ruling.run(lambda tx: many_tasks.create_tasks(tx, rows)))


async def update(ruling: Ruling, *rows: Row) -> list[Task]:
    return list(await ruling.run(lambda tx: many_tasks.update_tasks(tx, rows)))


async def complete(ruling: Ruling, *rows: Row) -> list[Task]:
    return list(await ruling.run(lambda tx: progress.complete_tasks(tx, list(rows))))


async def test_tasks_are_returned_in_the_order_of_the_input(ruling: Ruling) -> None:
    category = id_of("categories", 0)
    made = await create(ruling, {"title": "A", "priority": 5}, {"title": "B", "category_id": category}, {"title": "C"})
    assert [(task.title, task.priority, task.category_id) for task in made] == [
        ("A", 5, None),
        ("B", 3, category),
        ("C", 3, None),
    ]


async def test_every_deactivated_worker_is_reported_with_the_row(ruling: Ruling) -> None:
    rows: list[Row] = [
        {"title": "A", "assignee_id": LEFT},
        {"title": "B", "assignee_id": uuid4()},
        {"title": "C", "assignee_id": WORKER},
        {"title": "D"},
    ]
    assert await refusal(create(ruling, *rows)) == [(Invalid, (0, "assigneeId")), (NotFound, (1, "assigneeId"))]
    assert await refusal(create(ruling, {"title": "A", "category_id": uuid4()})) == [(NotFound, ("categoryId",))]


async def test_each_task_gets_its_own_values_and_keeps_the_others(ruling: Ruling) -> None:
    rows: list[Row] = [
        {"id": OPEN, "title": "A"},
        {"id": LAST, "title": "B"},
        {"id": DONE, "priority": 1, "description": None},
    ]
    first, last, done = await update(ruling, *rows)
    assert (first.title, last.title, done.priority, done.description) == ("A", "B", 1, None)
    assert done.title == "Alpha tasks.title 2"
    assert (first.version, last.version, done.version) == (2, 6, 4)


async def test_every_invalid_change_is_reported_with_its_row(ruling: Ruling) -> None:
    rows: list[Row] = [
        {"id": OPEN, "title": "A", "expected_version": 7},
        {"id": uuid4(), "title": "B"},
        {"id": IN_PROGRESS, "assignee_id": LEFT},
        {"id": LAST, "title": "C"},
    ]
    assert await refusal(update(ruling, *rows)) == [
        (Conflict, (0, "expectedVersion")),
        (NotFound, (1, "id")),
        (Invalid, (2, "assigneeId")),
    ]
    rows = [
        {"id": DONE, "assignee_id": WORKER},
        {"id": OPEN, "parent_id": CANCELLED},
        {"id": LAST, "parent_id": uuid4()},
    ]
    assert await refusal(update(ruling, *rows)) == [
        (IllegalState, (0, "assigneeId")),
        (Invalid, (1, "parentId")),
        (NotFound, (2, "parentId")),
    ]


async def test_a_value_that_its_column_does_not_accept_is_refused_for_all(ruling: Ruling) -> None:
    assert await refusal(update(ruling, {"id": OPEN, "title": "A"}, {"id": LAST, "title": ""})) == [
        (Invalid, ("title",))
    ]


async def test_tasks_are_completed_together_or_every_reason_is_reported(ruling: Ruling) -> None:
    rows = [{"id": OPEN}, {"id": DONE}, {"id": CANCELLED}]
    assert await refusal(complete(ruling, *rows)) == [(Conflict, (1, "id")), (IllegalState, (2, "id"))]
    done = await complete(ruling, {"id": IN_PROGRESS, "expected_version": 2}, {"id": OPEN})
    assert [(task.id, task.status, task.completed_by_id) for task in done] == [
        (id, TaskStatus.DONE, id_of("users", 0)) for id in (IN_PROGRESS, OPEN)
    ]


@pytest.mark.parametrize("count", [2, 500])
async def test_the_number_of_statements_is_independent_of_the_number_of_rows(ruling: Ruling, count: int) -> None:
    references = {"assignee_id": WORKER, "category_id": id_of("categories", 0), "parent_id": OPEN}
    made = await create(ruling, *({"title": f"{n}", **references} for n in range(count)))
    assert [statement.partition(" ")[0] for statement in ruling.sent] == ["SELECT", "INSERT"]
    ruling.sent.clear()
    await update(ruling, *({"id": task.id, "title": "A", **references} for task in made))
    expected = ["SELECT", "SELECT", "SELECT", "WITH", "UPDATE"]
    assert [statement.partition(" ")[0] for statement in ruling.sent] == expected
    ruling.sent.clear()
    await complete(ruling, *({"id": task.id} for task in made))
    assert [statement.partition(" ")[0] for statement in ruling.sent] == ["SELECT", "UPDATE"]
