"""Rules of labels, tested without GraphQL: rights to manage them, and the tasks that have them."""

import asyncio
from uuid import UUID, uuid4

from graphql_app.errors import Conflict, Invalid, NotFound
from schema.work.models import Label, Task
from schema.work.rules import labels
from tests.support.organizations import ALPHA, BRAVO, id_of
from tests.support.rule_runner import Ruling, refusal

TASK, LABELS = id_of("tasks", 4), [id_of("labels", number) for number in range(3)]


async def labels_of_task(ruling: Ruling) -> set[UUID]:
    """Return the labels of the task."""
    question = "SELECT label_id FROM task_labels WHERE organization_id = $1 AND task_id = $2"
    async with ruling.database.as_system() as connection:
        return {row["label_id"] for row in await connection.fetch(question, ALPHA.organization, TASK)}


async def put(ruling: Ruling, *ids: UUID, expected_version: int | None = None) -> Task:
    return await ruling.run(
        lambda tx: labels.add_task_labels(tx, id=TASK, label_ids=ids, expected_version=expected_version)
    )


async def take(ruling: Ruling, *ids: UUID) -> Task:
    return await ruling.run(lambda tx: labels.remove_task_labels(tx, id=TASK, label_ids=ids))


async def test_labels_are_added_and_removed_and_count_as_changes(ruling: Ruling) -> None:
    await take(ruling, *LABELS)
    bare = (await take(ruling, *LABELS)).version
    assert (await put(ruling, *LABELS[:2], LABELS[0])).version == bare + 1
    assert await labels_of_task(ruling) == set(LABELS[:2])
    assert (await put(ruling, *LABELS[:2])).version == bare + 1, "the task has them already"
    assert (await put(ruling, *LABELS)).version == bare + 2
    assert (await take(ruling, *LABELS[1:])).version == bare + 3
    assert await labels_of_task(ruling) == {LABELS[0]}


async def test_every_unknown_label_is_reported_and_none_is_added(ruling: Ruling) -> None:
    before = await labels_of_task(ruling)
    theirs = id_of("labels", BRAVO.rows - 1)
    assert await refusal(put(ruling, LABELS[0], uuid4(), LABELS[1], theirs)) == [
        (NotFound, ("labelIds", 1)),
        (NotFound, ("labelIds", 3)),
    ]
    assert await refusal(take(ruling, uuid4(), LABELS[0])) == [(NotFound, ("labelIds", 0))]
    assert await refusal(put(ruling, LABELS[0], expected_version=99)) == [(Conflict, ("expectedVersion",))]
    assert await labels_of_task(ruling) == before


async def test_a_label_is_deleted_while_it_is_added(ruling: Ruling) -> None:
    made = await ruling.run(lambda tx: labels.create_label(tx, name="urgent", color="#ff0000"))
    deleting = ruling.run(lambda tx: labels.delete_label(tx, id=made.id))
    gone, *done = await asyncio.gather(deleting, *(put(ruling, made.id) for _ in range(6)), return_exceptions=True)
    assert isinstance(gone, Label)
    assert not [each for each in done if not isinstance(each, Task | ExceptionGroup)]
    assert made.id not in await labels_of_task(ruling)


async def test_names_of_labels_are_unique(ruling: Ruling) -> None:
    taken = "Alpha labels.name 1"
    making = ruling.run(lambda tx: labels.create_label(tx, name=taken, color="#ff0000"))
    assert await refusal(making) == [(Invalid, ("name",))]
    renaming = ruling.run(lambda tx: labels.update_label(tx, id=LABELS[0], name=taken))
    assert await refusal(renaming) == [(Invalid, ("name",))]
