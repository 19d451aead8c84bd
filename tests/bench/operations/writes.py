"""Operations that write, all of them to one organization, which no other operation reads."""

from random import Random
from typing import Any

from tests.bench.data import RENEWED, TITLE
from tests.bench.operations.operation import Operation, Organization, Variables

DESCRIPTION = "Bring the spare part, two keys of size 10 and the form. " * 4
BULK = 100

CREATED = """SELECT count(*) = 1 FROM tasks WHERE id = ($1::json->>0)::uuid AND status = 'OPEN'
AND title = $2::json->'input'->>'title' AND description = $2::json->'input'->>'description'"""
CREATED_ALL = """SELECT count(*) = json_array_length($2::json->'inputs') FROM tasks
WHERE id IN (SELECT given.one::uuid FROM json_array_elements_text($1::json) AS given(one))
AND title IN (SELECT each->>'title' FROM json_array_elements($2::json->'inputs') AS each)"""
COMMENTED = "SELECT count(*) = 1 FROM comments WHERE id = ($1::json->>0)::uuid AND body = $2::json->>'body'"
UPDATED = """SELECT count(*) = 1 FROM tasks WHERE id = ($1::json->>0)::uuid AND id = ($2::json->>'id')::uuid
AND {column} = $2::json->>'{column}'"""
DELETED = """SELECT count(*) = 0 AND json_array_length($1::json) = 1 FROM {table}
WHERE id = ($2::json->>'id')::uuid"""
"""Condition that is true after a write: $1 is an array of the ids in the response, $2 are the variables."""


def _new_task(draw: Random, organization: Organization) -> Variables:
    return {
        "title": f"{TITLE}part {draw.randrange(10**12)}",
        "description": DESCRIPTION,
        "priority": draw.randint(1, 5),
        "categoryId": organization.any(draw, "categories"),
        "assigneeId": organization.any(draw, "workers"),
    }


def _create(draw: Random, organization: Organization) -> Variables:
    return {"input": _new_task(draw, organization)}


def _bulk(draw: Random, organization: Organization) -> Variables:
    return {"inputs": [_new_task(draw, organization) for _ in range(BULK)]}


def _bulk_titles(draw: Random, _: Organization) -> Variables:
    return {"inputs": [{"title": f"{TITLE}part {draw.randrange(10**12)}"} for _ in range(BULK)]}


def _comment(draw: Random, organization: Organization) -> Variables:
    return {"task": organization.any(draw, "tasks"), "body": f"{TITLE}comment {draw.randrange(10**12)}"}


def _update(draw: Random, organization: Organization) -> Variables:
    title = f"{RENEWED}{draw.randrange(10**12)}"
    return {"id": organization.any(draw, "tasks"), "title": title, "priority": draw.randint(1, 5)}


def _describe(draw: Random, organization: Organization) -> Variables:
    due = f"2027-0{draw.randint(1, 9)}-1{draw.randint(0, 9)}T12:00:00+00:00"
    text = f"{DESCRIPTION}{draw.randrange(10**12)}"
    return {"id": organization.any(draw, "tasks"), "description": text, "dueAt": due}


def _nothing(_draw: Random, _organization: Organization) -> Variables:
    return {}


def owned(variables: Variables) -> Variables:
    """Add the organization and the creator to each input, for servers that take them from the client."""
    own = {"organizationId": variables["organization"], "creatorId": variables["user"]}
    if "input" in variables:
        return {**variables, "input": {**own, **variables["input"]}}
    return {**variables, "inputs": [{**own, "priority": 3, **each} for each in variables["inputs"]]}


def in_table_form(variables: Variables) -> Variables:
    """Return the same as ``owned`` with a value for every required column, each input in a separate variable."""
    made = owned(variables)
    if "input" in made:
        return {**made, "input": {"status": "OPEN", **made["input"]}}
    return {f"input{index}": {"status": "OPEN", **each} for index, each in enumerate(made["inputs"])}


def _document(dialect: str, variables: Variables, name: str, shown: str) -> str:
    if dialect == "workline":
        call = "createTasks(inputs: $inputs)"
        return f"mutation {name}($inputs: [CreateTaskInput!]!) {{ {call} {{ results {{ task {{ {shown} }} }} }} }}"
    if dialect == "plain":
        call = "createTasks(inputs: $inputs)"
        return f"mutation {name}($inputs: [CreateTaskInput!]!) {{ {call} {{ results {{ task {{ {shown} }} }} }} }}"
    shown = shown.replace("id ", "id: rowId ").replace("assignee ", "assignee: workerByOrganizationIdAndAssigneeId ")
    declared = ", ".join(f"$input{index}: TaskInput!" for index in range(BULK))
    calls = (f"t{i}: createTask(input: {{ task: $input{i} }}) {{ task {{ {shown} }} }}" for i in range(BULK))
    return f"mutation {name}({declared}) {{ {' '.join(calls)} }}"


def _bulk_document(dialect: str, variables: Variables) -> str:
    return _document(dialect, variables, "bulk", "id title assignee { name }")


def _titles_document(dialect: str, variables: Variables) -> str:
    return _document(dialect, variables, "bulk_titles", "id title")


def _tasks(data: Any) -> list[Any]:
    made = data["createTasks"]["results"] if "createTasks" in data else data.values()
    return [each["task"] for each in made]


FORMS = {"plain": owned, "hand": owned, "postgraphile": in_table_form}
ALL = frozenset({"workline", "plain", "postgraphile"})

WRITES = (
    Operation(
        name="create", kind="create", title="create a task and read it back",
        draw=_create, adapted=FORMS, writes=True, checked=CREATED,
    ),
    Operation(
        name="create_comment", kind="create", title="comment on a task and read it back with its author",
        draw=_comment, writes=True, checked=COMMENTED,
    ),
    Operation(
        name="update", kind="update", title="update a task and read it back with its assignee",
        draw=_update, writes=True, checked=UPDATED.format(column="title"),
    ),
    Operation(
        name="update_text", kind="update", title="update a task's text and time and read it back with its category",
        draw=_describe, writes=True, checked=UPDATED.format(column="description"),
    ),
    Operation(
        name="delete", kind="delete", title="delete a task",
        draw=_nothing, writes=True, rows="tasks", checked=DELETED.format(table="tasks"),
    ),
    Operation(
        name="delete_comment", kind="delete", title="delete a comment",
        draw=_nothing, writes=True, rows="comments", checked=DELETED.format(table="comments"),
    ),
    Operation(
        name="bulk", kind="bulk", title="create 100 tasks and read them back with their assignees",
        draw=_bulk, written=_bulk_document, dialects=ALL, adapted=FORMS, writes=True, checked=CREATED_ALL, plain=_tasks,
    ),
    Operation(
        name="bulk_titles", kind="bulk", title="create 100 tasks of a title each and read their ids back",
        draw=_bulk_titles, written=_titles_document, dialects=ALL, adapted=FORMS, writes=True, checked=CREATED_ALL,
        plain=_tasks,
    ),
)  # fmt: skip
