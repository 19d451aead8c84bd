"""Effects over HTTP of the mutations of tasks, categories and labels, and their statements."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.engine.backend_activity import until, waiting
from tests.support.api import Json, Workline
from tests.support.databases import connected
from tests.support.error_cases import Clients
from tests.support.organizations import ALPHA, id_of
from tests.support.statements import sent_by

OPEN, IN_PROGRESS, DONE, CANCELLED, OTHER = (str(id_of("tasks", number)) for number in range(5))
CATEGORY, WORKER = str(id_of("categories", 1)), str(id_of("workers", 2))
LABELS = [str(id_of("labels", number)) for number in range(3)]
TASK = """
task {
  id title description status priority dueAt version completedAt
  category { id } assignee { id } parent { id } labels { nodes { id } }
}
errors { __typename code path ... on ConflictError { currentVersion current { id ... on Task { title version } } } }
"""


async def do(clients: Clients, mutation: str, *, by: int = 0, **input: Any) -> Json:
    """Return the payload of a mutation of one task."""
    return await clients.mutate(mutation, input, ALPHA.viewer("MANAGER", by), TASK)


async def task(clients: Clients, mutation: str, **input: Any) -> Json:
    """Return the task of an accepted mutation."""
    payload = await do(clients, mutation, **input)
    assert payload["errors"] == []
    shown: Json = payload["task"]
    return shown


async def test_an_update_changes_given_fields_and_null_is_a_value(own_clients: Clients) -> None:
    changed = await task(
        own_clients, "updateTask", id=OPEN, title="Mend", dueAt=None, categoryId=CATEGORY, parentId=OTHER
    )
    assert (changed["title"], changed["dueAt"], changed["category"]) == ("Mend", None, {"id": CATEGORY})
    assert (changed["parent"], changed["description"]) == ({"id": OTHER}, "Alpha tasks.description 0")
    assert changed["version"] == 2
    cleared = await task(
        own_clients, "updateTask", id=OPEN, description=None, categoryId=None, assigneeId=None, parentId=None
    )
    assert [cleared[name] for name in ("description", "category", "assignee", "parent")] == [None] * 4


async def test_a_task_is_started_completed_and_reopened(own_clients: Clients) -> None:
    statuses = [
        (await task(own_clients, mutation, id=OPEN))["status"]
        for mutation in ("startTask", "completeTask", "reopenTask", "cancelTask", "reopenTask")
    ]
    assert statuses == ["IN_PROGRESS", "DONE", "OPEN", "CANCELLED", "OPEN"]


async def test_a_task_is_assigned_and_unassigned(own_clients: Clients) -> None:
    assert (await task(own_clients, "assignTask", id=OPEN, workerId=WORKER))["assignee"] == {"id": WORKER}
    assert (await task(own_clients, "unassignTask", id=OPEN))["assignee"] is None


async def test_labels_are_added_and_removed(own_clients: Clients) -> None:
    carrying = await task(own_clients, "addTaskLabels", id=OTHER, labelIds=LABELS)
    assert {node["id"] for node in carrying["labels"]["nodes"]} >= set(LABELS)
    bare = await task(own_clients, "removeTaskLabels", id=OTHER, labelIds=LABELS)
    assert not {node["id"] for node in bare["labels"]["nodes"]} & set(LABELS)
    assert bare["version"] == carrying["version"] + 1


async def test_a_category_is_created_with_its_first_task_or_not_at_all(own_clients: Clients) -> None:
    given: Json = {"category": {"name": "Roofs"}, "task": {"title": "Mend the roof", "priority": 5}}
    selected = "category { id name } task { title priority category { id } } errors { code path }"
    made = await own_clients.mutate("createTaskWithCategory", given, ALPHA.viewer(), selected)
    assert made["task"] == {"title": "Mend the roof", "priority": 5, "category": {"id": made["category"]["id"]}}
    given = {"category": {"name": "Walls"}, "task": {"title": "Mend the wall", "parentId": str(uuid4())}}
    refused = await own_clients.mutate("createTaskWithCategory", given, ALPHA.viewer(), selected)
    assert (refused["category"], refused["task"]) == (None, None)
    again = await own_clients.mutate("createCategory", {"name": "Walls"}, ALPHA.viewer(), "category { name }")
    assert again == {"category": {"name": "Walls"}}, "the name is still unused"


GONE = {"deleteTask": "tasks", "deleteCategory": "categories", "deleteLabel": "labels"}


@pytest.mark.parametrize("mutation", GONE)
async def test_a_deleted_task_is_not_found(own_clients: Clients, mutation: str) -> None:
    input, selected = {"id": str(id_of(GONE[mutation], 4))}, "deletedId errors { code }"
    first, second = [await own_clients.mutate(mutation, input, ALPHA.viewer(), selected) for _ in range(2)]
    assert first == {"deletedId": input["id"], "errors": []}
    assert second == {"deletedId": None, "errors": [{"code": "NOT_FOUND"}]}


async def test_the_later_of_two_changes_gets_a_conflict_with_the_current_task(own_clients: Clients) -> None:
    changes = (
        do(own_clients, "updateTask", by=n % 2, id=OPEN, expectedVersion=1, title=f"Title {n}") for n in range(6)
    )
    payloads = await asyncio.gather(*changes)
    (won,) = [payload["task"] for payload in payloads if payload["task"]]
    lost = [error for payload in payloads for error in payload["errors"]]
    assert len(lost) == 5
    assert {error["code"] for error in lost} == {"CONFLICT"}
    assert {(error["current"]["title"], error["currentVersion"]) for error in lost} == {(won["title"], 2)}


async def test_many_tasks_change_together_or_row_by_row(own_clients: Clients) -> None:
    query = """mutation ($policy: ErrorPolicy!, $inputs: [CompleteTaskInput!]!) {
      completeTasks(inputs: $inputs, errorPolicy: $policy) {
        count errors { path } results { task { id status } errors { code } }
      }
    }"""
    token = own_clients.tokens.issue(ALPHA.viewer("MEMBER", 1)).text
    inputs = [{"id": id} for id in (OPEN, DONE, IN_PROGRESS)]
    answers = []
    for policy in ("REJECT_EVERYTHING", "REJECT_FAILED_ROWS"):
        body = {"query": query, "variables": {"policy": policy, "inputs": inputs}}
        response = await own_clients.http.post("/graphql", json=body, headers={"authorization": f"Bearer {token}"})
        answers.append(response.json()["data"]["completeTasks"])
    nothing, some = answers
    assert (nothing["count"], some["count"]) == (0, 2)
    assert [row["errors"] for row in nothing["results"]] == [
        [{"code": "TRANSACTION_ROLLED_BACK"}],
        [{"code": "CONFLICT"}],
        [{"code": "TRANSACTION_ROLLED_BACK"}],
    ]
    done = [{"task": {"id": id, "status": "DONE"}, "errors": []} for id in (OPEN, IN_PROGRESS)]
    assert some["results"] == [done[0], {"task": None, "errors": [{"code": "CONFLICT"}]}, done[1]]


TREE = ["lock organizations", "lock tasks"]
READ = ["select tasks"]
PINNED: dict[str, tuple[Any, list[str]]] = {
    "createTask": ({"title": "A", "assigneeId": WORKER}, ["insert tasks and tell", *READ]),
    "createTaskWithCategory": (
        {"category": {"name": "Roofs"}, "task": {"title": "A"}},
        ["insert categories", "insert tasks", *READ],
    ),
    "updateTask": ({"id": OPEN, "title": "A"}, ["update tasks and tell", *READ]),
    "assignTask": ({"id": OPEN, "workerId": WORKER}, ["lock tasks", "select workers", "update tasks", *READ]),
    "unassignTask": ({"id": OPEN}, ["lock tasks", "update tasks", *READ]),
    "startTask": ({"id": OPEN}, ["lock tasks", "update tasks", *READ]),
    "completeTask": ({"id": OPEN}, ["lock tasks", "update tasks", *READ]),
    "cancelTask": ({"id": OPEN}, ["lock tasks", "update tasks", *READ]),
    "reopenTask": ({"id": OTHER}, ["select tasks", "lock tasks", "update tasks", *READ]),
    "addTaskLabels": (
        {"id": OTHER, "labelIds": LABELS},
        ["lock tasks", "lock labels", "insert task_labels", "update tasks", *READ],
    ),
    "removeTaskLabels": (
        {"id": OPEN, "labelIds": LABELS},
        ["lock tasks", "lock labels", "delete task_labels", "update tasks", *READ],
    ),
    "deleteTask": ({"id": OTHER}, ["delete tasks and tell"]),
    "createCategory": ({"name": "Roofs"}, ["insert categories"]),
    "updateCategory": ({"id": CATEGORY, "name": "Roofs"}, ["update categories and tell"]),
    "deleteCategory": ({"id": CATEGORY}, ["lock categories", "update tasks", "delete categories"]),
    "createLabel": ({"name": "urgent", "color": "#ff0000"}, ["insert labels"]),
    "updateLabel": ({"id": LABELS[0], "name": "urgent"}, ["update labels and tell"]),
    "deleteLabel": ({"id": LABELS[0]}, ["delete labels"]),
}


@pytest.mark.parametrize("mutation", PINNED)
async def test_a_mutation_takes_these_statements(own_workline: Workline, mutation: str) -> None:
    input, expected = PINNED[mutation]
    if mutation == "reopenTask":
        await sent_by(own_workline, "startTask", {"id": OTHER}, "")
    selected = "task { id }" if expected[-1:] == READ else ""
    if own_workline.by_plans and selected:
        expected = [*expected[:-2], f"{expected[-2].removesuffix(' and tell')} and tell"]
    assert await sent_by(own_workline, mutation, input, selected) == expected


async def test_a_move_locks_the_tree_and_checks_it_once(own_workline: Workline) -> None:
    moved = await sent_by(own_workline, "updateTask", {"id": OPEN, "parentId": OTHER}, "")
    assert moved == [*TREE, "with tasks", "update tasks"]


LEFT, UNKNOWN_ID = str(id_of("workers", 3)), str(uuid4())
BAD: dict[int, tuple[Json, str]] = {
    0: ({"title": ""}, "title"),
    99: ({"priority": 9}, "priority"),
    100: ({"assigneeId": LEFT}, "assigneeId"),
    301: ({"assigneeId": UNKNOWN_ID}, "assigneeId"),
    302: ({"categoryId": UNKNOWN_ID}, "categoryId"),
    500: ({"categoryId": "7"}, "categoryId"),
    501: ({"parentId": UNKNOWN_ID}, "parentId"),
    777: ({"assigneeId": LEFT}, "assigneeId"),
    998: ({"parentId": str(uuid4())}, "parentId"),
    999: ({"title": "x" * 201}, "title"),
}
CREATE_ALL = """mutation ($inputs: [CreateTaskInput!]!, $policy: ErrorPolicy!) {
  createTasks(inputs: $inputs, errorPolicy: $policy) { count errors { path } results { task { title } } }
}"""


@pytest.mark.parametrize(("policy", "written"), [("REJECT_EVERYTHING", 0), ("REJECT_FAILED_ROWS", 990)])
async def test_the_ten_invalid_tasks_of_a_thousand_are_reported(
    own_workline: Workline, policy: str, written: int
) -> None:
    inputs: list[Json] = [{"title": f"Task {n}", "assigneeId": WORKER, "categoryId": CATEGORY} for n in range(1000)]
    for index, (wrong, _) in BAD.items():
        inputs[index] |= wrong
    with own_workline.statements() as statements:
        answer = (await own_workline.fetch(CREATE_ALL, inputs=inputs, policy=policy))["createTasks"]
    errors_by_row = {(error["path"][0], error["path"][1]) for error in answer["errors"]}
    before_any_statement = {("0", "title"), ("99", "priority"), ("500", "categoryId"), ("999", "title")}
    everything = {(str(index), field) for index, (_, field) in BAD.items()}
    assert errors_by_row == (everything if written else before_any_statement)
    assert (answer["count"], sum(row["task"] is not None for row in answer["results"])) == (written, written)
    assert len(statements) == 0 if not written else len(statements) < 20


CHANGES_OF_THE_TREE = {"deleteTask": f'id: "{OTHER}"', "updateTask": f'id: "{OTHER}", parentId: "{OPEN}"'}


@pytest.mark.parametrize("mutation", CHANGES_OF_THE_TREE)
async def test_the_tree_of_tasks_changes_under_the_lock_of_the_organization(
    own_workline: Workline, mutation: str
) -> None:
    assert await change_beside(own_workline, mutation, "FOR NO KEY UPDATE") == "waited"


@pytest.mark.parametrize(("mutation", "expected"), [("deleteTask", "beside it"), ("updateTask", "waited")])
async def test_a_move_waits_for_a_concurrent_deletion_and_a_deletion_does_not(
    own_workline: Workline, mutation: str, expected: str
) -> None:
    assert await change_beside(own_workline, mutation, "FOR SHARE") == expected


async def change_beside(own_workline: Workline, mutation: str, lock: str) -> str:
    """Change the tree while another transaction holds this lock of the organization."""
    document = f"mutation {{ {mutation}(input: {{{CHANGES_OF_THE_TREE[mutation]}}}) {{ errors {{ code }} }} }}"
    async with connected(own_workline.database.admin) as holder, connected(own_workline.database.admin) as admin:
        async with holder.transaction():
            await holder.execute(f"SELECT FROM organizations WHERE id = $1 {lock}", ALPHA.organization)
            changing = asyncio.create_task(own_workline.fetch(document, ALPHA.viewer("OWNER")))

            async def is_decided() -> bool:
                return changing.done() or bool(await waiting(admin))

            await until(is_decided)
            outcome = "beside it" if changing.done() else "waited"
        assert await changing == {mutation: {"errors": []}}
    return outcome
