"""Mutation ``createTask``: its rows, its payload, and its errors with the path of the input field."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.api import Json, Workline
from tests.support.organizations import ALPHA, BRAVO, id_of

CREATE = """
mutation ($input: CreateTaskInput!) {
  createTask(input: $input) {
    task {
      id title description status priority dueAt completedAt version
      creator { id } category { name } assignee { name } parent { title } organization { tasks { totalCount } }
    }
    errors { __typename code path message }
  }
}
"""
ALL = {
    "title": "Mend the roof",
    "description": "Before it rains.",
    "priority": 5,
    "dueAt": "2030-05-01T10:00:00+02:00",
    "categoryId": str(id_of("categories", 1)),
    "assigneeId": str(id_of("workers", 2)),
    "parentId": str(id_of("tasks", 0)),
}
REFERENCES = ("categoryId", "assigneeId", "parentId")
COUNT = "SELECT count(*) FROM tasks WHERE organization_id = $1"


async def create(workline: Workline, **input: Any) -> Json:
    """Return the payload of creating a task as Alpha's second user."""
    payload: Json = (await workline.fetch(CREATE, ALPHA.viewer("MEMBER", 1), input=input))["createTask"]
    return payload


async def refused(workline: Workline, **input: Any) -> tuple[str, list[str]]:
    """Return the kind and the path of the only error, and assert that nothing was written."""
    payload = await create(workline, **{"title": "Something", **input})
    (error,) = payload["errors"]
    assert payload["task"] is None
    async with workline.database.as_system() as connection:
        assert await connection.fetchval(COUNT, ALPHA.organization) == ALPHA.rows
    return error["__typename"], error["path"]


async def test_a_title_suffices(own_workline: Workline) -> None:
    payload = await create(own_workline, title="Mend the roof")
    assert payload["errors"] == []
    assert payload["task"] == {
        "id": payload["task"]["id"],
        "title": "Mend the roof",
        "description": None,
        "status": "OPEN",
        "priority": 3,
        "dueAt": None,
        "completedAt": None,
        "version": 1,
        "creator": {"id": str(id_of("users", 1))},
        "category": None,
        "assignee": None,
        "parent": None,
        "organization": {"tasks": {"totalCount": ALPHA.rows + 1}},
    }


async def test_given_values_are_written_and_read_back(own_workline: Workline) -> None:
    task = (await create(own_workline, **ALL))["task"]
    assert (task["title"], task["description"], task["priority"]) == ("Mend the roof", "Before it rains.", 5)
    assert task["dueAt"] == "2030-05-01T08:00:00.000000Z"
    assert task["category"] == {"name": "Alpha categories.name 1"}
    assert task["assignee"] == {"name": "Alpha workers.name 2"}
    assert task["parent"] == {"title": "Alpha tasks.title 0"}
    async with own_workline.database.as_system() as connection:
        row = await connection.fetchrow("SELECT * FROM tasks WHERE id = $1", task["id"])
    assert row is not None
    assert row["organization_id"] == ALPHA.organization
    assert (row["category_id"], row["assignee_id"]) == (id_of("categories", 1), id_of("workers", 2))


async def test_null_equals_omission(own_workline: Workline) -> None:
    given = dict.fromkeys(["description", "priority", "dueAt", *REFERENCES])
    task = (await create(own_workline, title="Mend the roof", **given))["task"]
    assert (task["priority"], task["dueAt"], task["category"]) == (3, None, None)


async def test_creation_takes_one_insert_that_checks_the_worker_and_the_reads_of_the_payload(
    own_workline: Workline,
) -> None:
    selected = "{ task { id title category { name } assignee { name } } }"
    query = f"mutation ($input: CreateTaskInput!) {{ createTask(input: $input) {selected} }}"
    with own_workline.statements() as statements:
        await own_workline.fetch(query, input=ALL)
    written, *read = statements
    assert "INSERT INTO tasks" in written
    assert "JOIN workers" in written
    assert len(read) == (0 if own_workline.by_plans else 3)


async def test_the_parent_is_shown_with_the_task(own_workline: Workline) -> None:
    parents = "task { parent { title parent { title } } }"
    query = f"mutation ($input: CreateTaskInput!) {{ createTask(input: $input) {{ {parents} }} }}"
    shown = (await own_workline.fetch(query, input=ALL))["createTask"]["task"]
    parent = (await own_workline.fetch("query ($id: ID!) { task(id: $id) { title } }", id=ALL["parentId"]))["task"]
    assert shown == {"parent": {**parent, "parent": None}}


@pytest.mark.parametrize("field", REFERENCES)
async def test_a_reference_to_an_unknown_record_is_not_found(own_workline: Workline, field: str) -> None:
    assert await refused(own_workline, **{field: str(uuid4())}) == ("NotFoundError", [field])


@pytest.mark.parametrize(
    ("field", "table"), [("categoryId", "categories"), ("assigneeId", "workers"), ("parentId", "tasks")]
)
async def test_another_organization_s_record_is_not_found(own_workline: Workline, field: str, table: str) -> None:
    theirs = str(id_of(table, BRAVO.rows - 1))
    assert await refused(own_workline, **{field: theirs}) == ("NotFoundError", [field])


async def test_a_deactivated_worker_cannot_be_assigned(own_workline: Workline) -> None:
    deactivated = str(id_of("workers", ALPHA.rows - 2))
    assert await refused(own_workline, assigneeId=deactivated) == ("ValidationError", ["assigneeId"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 201),
        ("description", "x" * 10_001),
        ("priority", 0),
        ("priority", 6),
        ("priority", -1),
    ],
)
async def test_an_invalid_value_is_refused(own_workline: Workline, field: str, value: object) -> None:
    assert await refused(own_workline, **{field: value}) == ("ValidationError", [field])


@pytest.mark.parametrize("priority", [2**15, -(2**15) - 1, 2**31 - 1])
async def test_a_number_out_of_range_is_invalid(own_workline: Workline, priority: int) -> None:
    assert await refused(own_workline, priority=priority) == ("ValidationError", ["priority"])


@pytest.mark.parametrize(("least", "most"), [("x", "x" * 200), ("é", "é" * 200)])
async def test_lengths_are_counted_in_characters(own_workline: Workline, least: str, most: str) -> None:
    for title in (least, most):
        assert (await create(own_workline, title=title, description=""))["task"]["title"] == title


@pytest.mark.parametrize("field", REFERENCES)
@pytest.mark.parametrize("id", ["", "7", "not an id", "019aa000-0000-7000-8000-00000000000g"])
async def test_a_malformed_id_is_invalid(workline: Workline, field: str, id: str) -> None:
    assert await refused(workline, **{field: id}) == ("ValidationError", [field])


async def test_all_errors_are_reported_before_any_statement(workline: Workline) -> None:
    with workline.statements() as statements:
        payload = await create(workline, title="", priority=9, categoryId="7")
    assert payload["task"] is None
    assert {tuple(error["path"]) for error in payload["errors"]} == {("title",), ("priority",), ("categoryId",)}
    assert not statements


async def test_creation_requires_authentication(workline: Workline) -> None:
    with workline.statements() as statements:
        assert (await workline.refuse(CREATE, None, input=ALL))["code"] == "UNAUTHENTICATED"
    assert not statements
