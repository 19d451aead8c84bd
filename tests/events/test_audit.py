"""History of records and the audit log: the changes that a viewer sees, and their fields."""

from typing import Any
from uuid import UUID

from tests.support.api import OWNER, Json, Workline
from tests.support.organizations import ALPHA, BRAVO, id_of

MEMBER = ALPHA.viewer("MEMBER")
CREATE = "mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id } errors { message } } }"
UPDATE = "mutation ($input: UpdateTaskInput!) { updateTask(input: $input) { task { id } errors { message } } }"
EVENT = "type operation subjectType version mutation actor { id } key { id } changes { name old new }"
HISTORY = f"""query ($id: ID!, $first: Int, $after: String) {{
  task(id: $id) {{ history(first: $first, after: $after) {{
    nodes {{ {EVENT} }} totalCount pageInfo {{ endCursor hasNextPage }} }} }} }}"""
AUDIT = f"""query ($filter: EventFilter) {{ auditLog(first: 3, filter: $filter) {{
  nodes {{ subjectId {EVENT} }} }} }}"""


async def changed_task(workline: Workline) -> str:
    """Create a task and change it, and return its id."""
    made = await workline.fetch(CREATE, MEMBER, input={"title": "Mend the roof"})
    id: str = made["createTask"]["task"]["id"]
    worker = str(id_of("workers", 2))
    await workline.fetch(UPDATE, OWNER, input={"id": id, "title": "Mend the wall", "assigneeId": worker})
    return id


async def history(workline: Workline, id: str, viewer: Any = OWNER, **page: Any) -> Json:
    found: Json = (await workline.fetch(HISTORY, viewer, id=id, **page))["task"]["history"]
    return found


async def test_the_history_of_a_record_has_its_changes_the_newest_first(own_workline: Workline) -> None:
    id = await changed_task(own_workline)
    found = await history(own_workline, id, MEMBER)
    assert found["totalCount"] == 2
    updated, created = found["nodes"]
    assert updated == {
        "type": "task.updated",
        "operation": "UPDATED",
        "subjectType": "Task",
        "version": 2,
        "mutation": "updateTask",
        "actor": {"id": str(OWNER.user_id)},
        "key": None,
        "changes": [
            {"name": "title", "old": "Mend the roof", "new": "Mend the wall"},
            {"name": "assignee", "old": None, "new": str(id_of("workers", 2))},
        ],
    }
    assert (created["type"], created["actor"]) == ("task.created", {"id": str(MEMBER.user_id)})


async def test_the_history_is_paginated(own_workline: Workline) -> None:
    id = await changed_task(own_workline)
    first = await history(own_workline, id, first=1)
    assert (first["nodes"][0]["type"], first["pageInfo"]["hasNextPage"]) == ("task.updated", True)
    second = await history(own_workline, id, first=1, after=first["pageInfo"]["endCursor"])
    assert (second["nodes"][0]["type"], second["pageInfo"]["hasNextPage"]) == ("task.created", False)


async def test_the_history_omits_fields_that_the_viewer_may_not_see(own_workline: Workline) -> None:
    query = "mutation ($input: UpdateWorkerInput!) { updateWorker(input: $input) { errors { message } } }"
    id = str(id_of("workers", 1))
    await own_workline.fetch(query, OWNER, input={"id": id, "hourlyRate": "99.50", "name": "Grace"})
    read = "query ($id: ID!) { worker(id: $id) { history { nodes { changes { name new } } } } }"
    seen = {}
    for viewer in (OWNER, MEMBER):
        nodes = (await own_workline.fetch(read, viewer, id=id))["worker"]["history"]["nodes"]
        seen[viewer.role] = {change["name"]: change["new"] for change in nodes[0]["changes"]}
    assert seen == {"OWNER": {"hourlyRate": "99.50", "name": "Grace"}, "MEMBER": {"name": "Grace"}}


async def test_events_contain_no_secrets(own_workline: Workline) -> None:
    invite = """mutation { inviteUser(input: {name: "Zoe", email: "zoe@example.com", role: MEMBER}) {
      errors { message } } }"""
    await own_workline.fetch(invite, OWNER)
    async with own_workline.database.as_system() as system:
        changes = await system.fetchval("SELECT changes::text FROM events WHERE type = 'invitation.created'")
    assert "zoe@example.com" in changes
    assert "token" not in changes


async def test_records_of_others_have_no_history_here(own_workline: Workline) -> None:
    id = await changed_task(own_workline)
    other = await own_workline.fetch(HISTORY, BRAVO.viewer(), id=id)
    assert other["task"] is None
    shared = str(id_of("tasks", 1))  # both organizations have a task with this id, and an event about it
    text = str(await history(own_workline, shared))
    assert "Alpha events.changes 1" in text
    assert "Bravo" not in text


async def test_owners_read_the_audit_log(own_workline: Workline) -> None:
    id = await changed_task(own_workline)
    nodes = (await own_workline.fetch(AUDIT, OWNER, filter={"subjectId": {"eq": id}}))["auditLog"]["nodes"]
    assert [(each["type"], each["subjectId"]) for each in nodes] == [("task.updated", id), ("task.created", id)]
    assert (await own_workline.refuse(AUDIT, MEMBER))["code"] == "FORBIDDEN"
    assert (await own_workline.refuse(AUDIT, ALPHA.viewer("MANAGER")))["code"] == "FORBIDDEN"


async def test_the_audit_log_names_the_api_key(own_workline: Workline) -> None:
    create = """mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) {
      apiKey { id } key errors { message } } }"""
    made = (await own_workline.fetch(create, OWNER, input={"name": "Import", "scopes": ["read", "write"]}))[
        "createApiKey"
    ]
    assert made["errors"] == []
    async with own_workline.database.as_system() as system:
        changes = await system.fetchval("SELECT changes::text FROM events WHERE type = 'api_key.created'")
        assert made["key"] not in changes
        await system.execute("UPDATE events SET key_id = $1 WHERE type = 'api_key.created'", UUID(made["apiKey"]["id"]))
    nodes = (await own_workline.fetch(AUDIT, OWNER, filter={"type": {"eq": "api_key.created"}}))["auditLog"]["nodes"]
    assert nodes[0]["key"] == {"id": made["apiKey"]["id"]}


async def test_labels_have_their_field_in_the_history(own_workline: Workline) -> None:
    query = "mutation ($input: AddTaskLabelsInput!) { addTaskLabels(input: $input) { errors { message } } }"
    id, label = await changed_task(own_workline), str(id_of("labels", 1))
    await own_workline.fetch(query, OWNER, input={"id": id, "labelIds": [label]})
    newest = (await history(own_workline, id, first=1))["nodes"][0]
    assert newest["changes"] == [{"name": "labels", "old": [], "new": [label]}]
