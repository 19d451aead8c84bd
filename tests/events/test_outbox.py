"""Outbox: a write of a record and its event are saved together, or neither is."""

from uuid import UUID

import pytest

from graphql_app.database.transaction import WriteTransaction
from schema.talk.models import Post
from schema.work.models import Task, TaskStatus
from tests.events.reading import outbox, summary
from tests.support.api import OWNER, Workline
from tests.support.databases import connected
from tests.support.organizations import ALPHA, id_of
from tests.support.rule_runner import Ruling

CREATE = """mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id } errors { message } } }"""
UPDATE = """mutation ($input: UpdateTaskInput!) { updateTask(input: $input) { task { version } errors { message } } }"""
DELETE = """mutation ($input: DeleteTaskInput!) { deleteTask(input: $input) { deletedId errors { message } } }"""


async def create(workline: Workline, **input: object) -> UUID:
    made = await workline.fetch(CREATE, input={"title": "Mend the roof", **input})
    return UUID(made["createTask"]["task"]["id"])


async def test_a_created_record_has_one_event_with_its_values_and_its_author(own_workline: Workline) -> None:
    id = await create(own_workline, priority=5)
    (event,) = await outbox(own_workline.database)
    assert event == {
        "type": "task.created",
        "operation": "CREATED",
        "subject_type": "Task",
        "subject_id": id,
        "version": 1,
        "actor_id": OWNER.user_id,
        "key_id": None,
        "mutation": "createTask",
        "changes": {
            "title": [None, "Mend the roof"],
            "priority": [None, 5],
            "status": [None, "OPEN"],
            "creator_id": [None, str(OWNER.user_id)],
        },
        "organization_id": ALPHA.organization,
    }


async def test_an_update_without_a_read_has_the_old_values(own_workline: Workline) -> None:
    id = await create(own_workline)
    await own_workline.fetch(UPDATE, input={"id": str(id), "title": "Mend the wall", "priority": 3})
    events = await outbox(own_workline.database)
    assert [each["type"] for each in events] == ["task.created", "task.updated"]
    assert (events[1]["changes"], events[1]["version"]) == ({"title": ["Mend the roof", "Mend the wall"]}, 2)


async def test_an_update_that_changes_nothing_has_no_event(own_workline: Workline) -> None:
    id = await create(own_workline)
    await own_workline.fetch(UPDATE, input={"id": str(id), "title": "Mend the roof"})
    assert [type for type, _ in await summary(own_workline.database)] == ["task.created"]


async def test_quotes_and_backslashes_are_kept(own_workline: Workline) -> None:
    title = r"O'Hara's \' '; DROP TABLE events; -- \\ $$ {}"
    await create(own_workline, title=title)
    ((_, changes),) = await summary(own_workline.database)
    assert changes["title"] == [None, title]


async def test_a_refused_call_writes_no_event(own_workline: Workline) -> None:
    body = await own_workline.fetch(CREATE, input={"title": "Lost", "assigneeId": str(UUID(int=5))})
    assert body["createTask"]["task"] is None
    assert await outbox(own_workline.database) == []


async def test_a_deleted_record_has_its_last_values(own_workline: Workline) -> None:
    id = await create(own_workline, description="Before it rains.")
    await own_workline.fetch(DELETE, input={"id": str(id)})
    events = await outbox(own_workline.database)
    assert [each["type"] for each in events] == ["task.created", "task.deleted"]


async def test_bulk_rows_have_one_event_each(own_workline: Workline) -> None:
    query = "mutation ($inputs: [CreateTaskInput!]!) { createTasks(inputs: $inputs) { results { task { id } } } }"
    made = await own_workline.fetch(query, inputs=[{"title": f"Task {number}"} for number in range(5)])
    events = await outbox(own_workline.database)
    ids = [UUID(each["task"]["id"]) for each in made["createTasks"]["results"]]
    assert [(each["subject_id"], each["mutation"]) for each in events] == [(id, "createTasks") for id in ids]


async def test_rows_of_a_bulk_call_that_were_rolled_back_have_no_event(own_workline: Workline) -> None:
    query = """mutation ($inputs: [CreateTaskInput!]!) {
      createTasks(inputs: $inputs, errorPolicy: REJECT_FAILED_ROWS) { results { task { id } errors { message } } } }"""
    wrong = {"title": "Wrong", "categoryId": str(UUID(int=9))}
    await own_workline.fetch(query, inputs=[{"title": "First"}, wrong, {"title": "Last"}])
    titles = [changes["title"][1] for _, changes in await summary(own_workline.database)]
    assert titles == ["First", "Last"]


async def test_several_writes_of_a_record_in_one_transaction_are_one_event(ruling: Ruling) -> None:
    async def rule(tx: WriteTransaction) -> None:
        task = await tx.lock(Task, id_of("tasks", 0))
        await tx.change(task, title="Second")
        await tx.change(task, title="Third", priority=4)
        made = await tx.save(Task(organization_id=tx.organization_id, creator_id=tx.viewer.user_id, title="Short"))
        await tx.delete(made)

    await ruling.run(rule)
    (event,) = await outbox(ruling.database)
    assert event["changes"]["title"][1] == "Third"
    assert event["type"] == "task.updated"


async def test_a_rolled_back_savepoint_leaves_earlier_events(ruling: Ruling) -> None:
    async def lost(tx: WriteTransaction) -> None:
        async with tx.savepoint():
            await tx.change(await tx.lock(Task, id_of("tasks", 1)), title="Lost")
            raise LookupError

    async def rule(tx: WriteTransaction) -> None:
        await tx.change(await tx.lock(Task, id_of("tasks", 0)), title="Kept")
        with pytest.raises(LookupError):
            await lost(tx)
        await tx.change(await tx.lock(Task, id_of("tasks", 2)), title="Also kept")

    await ruling.run(rule)
    events = await outbox(ruling.database)
    assert [each["changes"]["title"][1] for each in events] == ["Kept", "Also kept"]
    assert {each["actor_id"] for each in events} == {OWNER.user_id}


async def test_changes_of_a_session_have_events(ruling: Ruling) -> None:
    async def rule(tx: WriteTransaction) -> None:
        session = tx.session
        session.add(Task(organization_id=tx.organization_id, creator_id=tx.viewer.user_id, title="By a session"))
        task = await tx.lock(Task, id_of("tasks", 0))
        task.title = "Changed in a session"
        await session.flush()

    await ruling.run(rule)
    assert sorted(type for type, _ in await summary(ruling.database)) == ["task.created", "task.updated"]
    titles = {changes["title"][1] for _, changes in await summary(ruling.database)}
    assert titles == {"By a session", "Changed in a session"}


async def test_a_mutation_names_its_event(own_workline: Workline) -> None:
    query = "mutation ($input: CompleteTaskInput!) { completeTask(input: $input) { task { id } errors { message } } }"
    id = await create(own_workline)
    body = await own_workline.fetch(query, input={"id": str(id)})
    assert body["completeTask"]["errors"] == []
    events = await outbox(own_workline.database)
    assert [(each["type"], each["operation"]) for each in events][1] == ("task.completed", "UPDATED")
    assert events[1]["changes"]["status"] == [TaskStatus.OPEN, TaskStatus.DONE]


async def test_an_event_that_cannot_be_written_rolls_the_change_back(own_workline: Workline) -> None:
    async with connected(own_workline.database.owner) as owner:
        await owner.execute("ALTER TABLE events ADD CONSTRAINT refused CHECK (type <> 'task.created')")
        body = await own_workline.respond(CREATE, input={"title": "Lost"})
        await owner.execute("ALTER TABLE events DROP CONSTRAINT refused")
    assert body["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    async with own_workline.database.as_system() as system:
        assert await system.fetchval("SELECT count(*) FROM tasks WHERE title = 'Lost'") == 0


async def test_events_cost_no_round_trip(own_workline: Workline) -> None:
    with own_workline.statements() as sent:
        await create(own_workline)
    assert len(sent) == (1 if own_workline.by_plans else 2)  # resolvers read the payload by another statement


async def test_an_organization_sees_only_its_own_events(own_workline: Workline) -> None:
    await create(own_workline)
    count = "SELECT count(*) FROM events WHERE type = 'task.created'"
    async with connected(own_workline.database.app) as app:
        assert await app.fetchval(count) == 0
        await app.execute(f"SET app.org = '{ALPHA.organization}'")
        assert await app.fetchval(count) == 1


async def test_records_that_are_deleted_with_another_have_events(own_workline: Workline) -> None:
    database, id = own_workline.database, await create(own_workline)
    child = await create(own_workline, title="Below", parentId=str(id))
    comment = """mutation ($subject: CommentSubjectInput!) {
      createComment(input: {subject: $subject, body: "Done."}) { comment { id } errors { message } } }"""
    made = await own_workline.fetch(comment, subject={"taskId": str(child)})
    await own_workline.fetch(DELETE, input={"id": str(id)})
    deleted = [each for each in await outbox(database) if each["operation"] == "DELETED"]
    assert deleted[0]["subject_id"] == id
    assert {(each["type"], each["subject_id"]) for each in deleted} == {
        ("task.deleted", id),
        ("task.deleted", child),
        ("comment.deleted", UUID(made["createComment"]["comment"]["id"])),
    }


async def test_a_deletion_by_the_engine_has_events_of_its_dependents(ruling: Ruling) -> None:
    async def rule(tx: WriteTransaction) -> None:
        await tx.delete(await tx.lock(Post, id_of("posts", 0)))

    await ruling.run(rule)
    events = await outbox(ruling.database)
    async with ruling.database.as_system() as system:
        left = "SELECT count(*) FROM comments WHERE post_id = $1 AND organization_id = $2"
        assert await system.fetchval(left, id_of("posts", 0), ALPHA.organization) == 0
    assert [each["type"] for each in events] == ["post.deleted", *["comment.deleted"] * 3]
    assert events[0]["changes"]["body"][1] is None


async def test_labels_are_in_the_event_of_their_task(own_workline: Workline) -> None:
    query = "mutation ($input: AddTaskLabelsInput!) { addTaskLabels(input: $input) { task { id } errors { message } } }"
    id, label = await create(own_workline), str(id_of("labels", 1))
    await own_workline.fetch(query, input={"id": str(id), "labelIds": [label]})
    event = (await outbox(own_workline.database))[1]
    assert (event["type"], event["version"], event["changes"]) == ("task.updated", 2, {"label_ids": [[], [label]]})


async def test_tasks_of_a_deleted_category_have_events(own_workline: Workline) -> None:
    query = "mutation ($input: DeleteCategoryInput!) { deleteCategory(input: $input) { deletedId } }"
    category = str(id_of("categories", 1))
    id = await create(own_workline, categoryId=category)
    await own_workline.fetch(query, input={"id": category})
    events = {each["subject_id"]: each for each in await outbox(own_workline.database) if each["version"] != 1}
    assert events[id]["changes"] == {"category_id": [category, None]}
    assert events[UUID(category)]["type"] == "category.deleted"
