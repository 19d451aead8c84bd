"""Error cases of every mutation of tasks, categories and labels, over HTTP."""

from typing import Any
from uuid import uuid4

import pytest

from graphql_app.types.filter_inputs import api_name
from schema.work.mutations.orders import OrderMutation
from schema.work.root import Mutation
from tests.support.error_cases import Clients, Refusal, expected, refused, stale, untried
from tests.support.organizations import ALPHA, id_of

OPEN, IN_PROGRESS, DONE, CANCELLED, OTHER = (str(id_of("tasks", number)) for number in range(5))
CATEGORY, LABEL = str(id_of("categories", 0)), str(id_of("labels", 0))
WORKER, LEFT = str(id_of("workers", 2)), str(id_of("workers", 3))
UNKNOWN_ID = str(uuid4())
MEMBER = ALPHA.viewer("MEMBER", 2)
NEW = {"title": "Something"}
REFERENCES = ("categoryId", "assigneeId", "parentId")
TOO_LONG = {"title": "x" * 201, "description": "x" * 10_001, "priority": 6}
TASKS = [
    refused("createTask", TOO_LONG, "INVALID title", "INVALID description", "INVALID priority"),
    refused("createTask", {**NEW, "categoryId": "7"}, "INVALID categoryId"),
    *(refused("createTask", {**NEW, name: UNKNOWN_ID}, f"NOT_FOUND {name}") for name in REFERENCES),
    refused("createTask", {**NEW, "assigneeId": LEFT}, "INVALID assigneeId"),
    refused(
        "createTaskWithCategory",
        {"category": {"name": ""}, "task": {"title": "", "assigneeId": "7"}},
        *("INVALID category.name", "INVALID task.title", "INVALID task.assigneeId"),
    ),
    refused(
        "createTaskWithCategory",
        {"category": {"name": "Alpha categories.name 0"}, "task": NEW},
        "INVALID category.name",
    ),
    refused("createTaskWithCategory", {"category": {"name": "Roofs"}, "task": NEW}, "FORBIDDEN", by=MEMBER),
    *(
        refused(
            "createTaskWithCategory",
            {"category": {"name": "Roofs"}, "task": {**NEW, name: UNKNOWN_ID}},
            f"NOT_FOUND task.{name}",
        )
        for name in ("assigneeId", "parentId")
    ),
    refused(
        "createTaskWithCategory",
        {"category": {"name": "Roofs"}, "task": {**NEW, "assigneeId": LEFT}},
        "INVALID task.assigneeId",
    ),
    refused("updateTask", {"id": OPEN, **TOO_LONG}, "INVALID title", "INVALID description", "INVALID priority"),
    refused("updateTask", {"id": OPEN, "title": None, "priority": None}, "INVALID title", "INVALID priority"),
    refused("updateTask", {"id": UNKNOWN_ID}, "NOT_FOUND id"),
    *(refused("updateTask", {"id": OPEN, name: UNKNOWN_ID}, f"NOT_FOUND {name}") for name in REFERENCES),
    refused("updateTask", {"id": OPEN, "assigneeId": LEFT}, "INVALID assigneeId"),
    refused("updateTask", {"id": DONE, "assigneeId": WORKER}, "ILLEGAL_STATE assigneeId"),
    refused("updateTask", {"id": OPEN, "parentId": IN_PROGRESS}, "INVALID parentId"),
    stale("updateTask", {"id": OPEN}),
    refused("assignTask", {"id": UNKNOWN_ID, "workerId": WORKER}, "NOT_FOUND id"),
    refused("assignTask", {"id": OPEN, "workerId": UNKNOWN_ID}, "NOT_FOUND workerId"),
    refused("assignTask", {"id": OPEN, "workerId": LEFT}, "INVALID workerId"),
    refused("assignTask", {"id": DONE, "workerId": WORKER}, "ILLEGAL_STATE id"),
    stale("assignTask", {"id": OPEN, "workerId": WORKER}),
    refused("unassignTask", {"id": UNKNOWN_ID}, "NOT_FOUND id"),
    refused("unassignTask", {"id": CANCELLED}, "ILLEGAL_STATE id"),
    stale("unassignTask", {"id": OPEN}),
    refused("deleteTask", {"id": UNKNOWN_ID}, "NOT_FOUND id"),
    refused("deleteTask", {"id": OPEN}, "INVALID id"),
    refused("deleteTask", {"id": OPEN}, "FORBIDDEN id", by=MEMBER),
    stale("deleteTask", {"id": OTHER}),
]
PROGRESS = [
    *(refused(f"{move}Task", {"id": UNKNOWN_ID}, "NOT_FOUND id") for move in ("start", "complete", "cancel", "reopen")),
    *(stale(f"{move}Task", {"id": IN_PROGRESS}) for move in ("start", "complete", "cancel", "reopen")),
    refused("startTask", {"id": IN_PROGRESS}, "CONFLICT id"),
    refused("startTask", {"id": DONE}, "ILLEGAL_STATE id"),
    refused("startTask", {"id": CANCELLED}, "ILLEGAL_STATE id"),
    refused("completeTask", {"id": DONE}, "CONFLICT id"),
    refused("completeTask", {"id": CANCELLED}, "ILLEGAL_STATE id"),
    refused("cancelTask", {"id": CANCELLED}, "CONFLICT id"),
    refused("cancelTask", {"id": DONE}, "ILLEGAL_STATE id"),
    refused("reopenTask", {"id": OPEN}, "CONFLICT id"),
]
MANY = [
    refused("createTasks", [NEW, {"title": ""}, {**NEW, "priority": 0}], "INVALID 1.title", "INVALID 2.priority"),
    refused(
        "createTasks",
        [NEW, *({**NEW, name: UNKNOWN_ID} for name in REFERENCES)],
        *(f"NOT_FOUND {row}.{name}" for row, name in ((1, "categoryId"), (2, "assigneeId"), (3, "parentId"))),
    ),
    refused("createTasks", [NEW, {**NEW, "assigneeId": LEFT}], "INVALID 1.assigneeId"),
    refused(
        "updateTasks",
        [{"id": OPEN}, {"id": UNKNOWN_ID}, {"id": OTHER, "expectedVersion": 0}, {"id": OPEN}],
        *("NOT_FOUND 1.id", "CONFLICT 2.expectedVersion", "INVALID 3.id"),
    ),
    refused(
        "updateTasks",
        [
            {"id": DONE, "assigneeId": WORKER},
            {"id": OPEN, "parentId": CANCELLED},
            {"id": OTHER, "parentId": UNKNOWN_ID},
        ],
        *("ILLEGAL_STATE 0.assigneeId", "INVALID 1.parentId", "NOT_FOUND 2.parentId"),
    ),
    refused("updateTasks", [{"id": OPEN, "assigneeId": UNKNOWN_ID}], "NOT_FOUND 0.assigneeId"),
    refused("updateTasks", [{"id": OPEN, "categoryId": UNKNOWN_ID}], "NOT_FOUND 0.categoryId"),
    refused("updateTasks", [{"id": OPEN, "title": None}], "INVALID 0.title"),
    refused(
        "completeTasks",
        [{"id": OPEN}, {"id": DONE}, {"id": CANCELLED}],
        *("CONFLICT 1.id", "ILLEGAL_STATE 2.id"),
    ),
    refused(
        "completeTasks",
        [{"id": UNKNOWN_ID}, {"id": OPEN, "expectedVersion": 0}],
        *("NOT_FOUND 0.id", "CONFLICT 1.expectedVersion"),
    ),
]
CATEGORIES = [
    refused("createCategory", {"name": "", "description": "x" * 2001}, "INVALID name", "INVALID description"),
    refused("createCategory", {"name": "Alpha categories.name 0"}, "INVALID name"),
    refused("createCategory", {"name": "Roofs"}, "FORBIDDEN", by=MEMBER),
    refused("updateCategory", {"id": CATEGORY, "name": None}, "INVALID name"),
    refused("updateCategory", {"id": CATEGORY, "name": "Alpha categories.name 1"}, "INVALID name"),
    refused("updateCategory", {"id": UNKNOWN_ID}, "NOT_FOUND id"),
    refused("updateCategory", {"id": CATEGORY}, "FORBIDDEN", by=MEMBER),
    stale("updateCategory", {"id": CATEGORY}),
    refused("deleteCategory", {"id": UNKNOWN_ID}, "NOT_FOUND id"),
    refused("deleteCategory", {"id": CATEGORY}, "FORBIDDEN", by=MEMBER),
    stale("deleteCategory", {"id": CATEGORY}),
]
LABELS = [
    refused("createLabel", {"name": "", "color": "#ABCDEF"}, "INVALID name", "INVALID color"),
    refused("createLabel", {"name": "Alpha labels.name 0", "color": "#abcdef"}, "INVALID name"),
    refused("createLabel", {"name": "urgent", "color": "#abcdef"}, "FORBIDDEN", by=MEMBER),
    refused("updateLabel", {"id": LABEL, "name": None, "color": "red"}, "INVALID name", "INVALID color"),
    refused("updateLabel", {"id": LABEL, "name": "Alpha labels.name 1"}, "INVALID name"),
    refused("updateLabel", {"id": UNKNOWN_ID}, "NOT_FOUND id"),
    refused("updateLabel", {"id": LABEL}, "FORBIDDEN", by=MEMBER),
    stale("updateLabel", {"id": LABEL}),
    refused("deleteLabel", {"id": UNKNOWN_ID}, "NOT_FOUND id"),
    refused("deleteLabel", {"id": LABEL}, "FORBIDDEN", by=MEMBER),
    stale("deleteLabel", {"id": LABEL}),
]
ON_TASKS = [
    case
    for mutation in ("addTaskLabels", "removeTaskLabels")
    for case in (
        refused(mutation, {"id": OPEN, "labelIds": []}, "INVALID labelIds"),
        refused(mutation, {"id": OPEN, "labelIds": [LABEL] * 101}, "INVALID labelIds"),
        refused(mutation, {"id": OPEN, "labelIds": [LABEL, "7"]}, "INVALID labelIds.1"),
        refused(mutation, {"id": UNKNOWN_ID, "labelIds": [LABEL]}, "NOT_FOUND id"),
        refused(
            mutation,
            {"id": OPEN, "labelIds": [UNKNOWN_ID, LABEL, UNKNOWN_ID]},
            *("NOT_FOUND labelIds.0", "NOT_FOUND labelIds.2"),
        ),
        stale(mutation, {"id": OPEN, "labelIds": [LABEL]}),
    )
]
CASES = [*TASKS, *PROGRESS, *MANY, *CATEGORIES, *LABELS, *ON_TASKS]


def names(kind: Any) -> set[str]:
    """Return the root fields of a type."""
    return {api_name(each) for each in kind.__strawberry_definition__.fields}


MUTATIONS = names(Mutation) - names(OrderMutation)
"""Mutations of orders are covered by the tests of billing."""


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_mutation_is_refused(clients: Clients, case: Refusal) -> None:
    assert await clients.errors(case) == expected(case)


def test_every_mutation_refuses_unknown_ids_and_other_versions(clients: Clients) -> None:
    assert not list(untried(clients.schema, MUTATIONS, CASES))
