"""Tasks are parts of other tasks: a tree, in which nothing is a part of itself.

Whether it stays one depends on every task above, and two moves that are sound by themselves may close a circle
together. So whoever moves or deletes holds the tree of the organization, and looks at it after that: the next one sees
what the last one did. A new task closes no circle, since nothing is a part of it yet, and holds nothing.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from uuid import UUID

from sqlalchemy import Executable, Select, Uuid, bindparam, delete, exists, not_, or_, select
from sqlalchemy.orm import aliased

from graphql_app.database.database import Database
from graphql_app.database.row_locks import among
from graphql_app.errors import Invalid, NotFound, RuleError
from graphql_app.statements.parameters import in_tenant
from schema.people.models import Organization
from schema.work.models import Task

CIRCLE = "A task cannot be a part of itself, or of one of its parts."


async def hold_tree(db: Database) -> None:
    """Let nobody else move or delete a task of the organization until the transaction ends.

    Claim tasks after that, never before, so that nobody waits in a circle.
    """
    await db.claim(Organization, db.organization_id)


async def check_parents(db: Database, parents: Mapping[UUID, UUID]) -> dict[UUID, RuleError]:
    """Why those of the tasks cannot become parts of others that cannot: by the task, which others are ``parents`` of.

    One statement for all of them. The tree has to be held.
    """
    known = await _tasks_above(db, parents)
    links = known | dict(parents)
    errors: dict[UUID, RuleError] = {}
    for id, parent in parents.items():
        if parent not in known:
            errors[id] = NotFound("There is no task with this id.", "parentId")
        elif id in _above(id, links):
            errors[id] = Invalid(CIRCLE, "parentId")
    return errors


async def _tasks_above(db: Database, parents: Mapping[UUID, UUID]) -> dict[UUID, UUID | None]:
    """The parents of those tasks that are there, and all above them, with the parent of each."""
    mine = Task.organization_id == db.organization_id
    wanted = among(Task.id, parents.values())
    above = select(Task.id, Task.parent_id).where(mine, wanted).cte("above", recursive=True)
    above = above.union(select(Task.id, Task.parent_id).join(above, Task.id == above.c.parent_id).where(mine))
    return {row.id: row.parent_id for row in await db.execute(select(above))}


def _above(id: UUID, links: Mapping[UUID, UUID | None]) -> Iterator[UUID]:
    """All tasks that a task is a part of, as far as no circle begins again."""
    seen = set[UUID]()
    parent = links.get(id)
    while parent is not None and parent not in seen:
        yield parent
        seen.add(parent)
        parent = links.get(parent)


async def is_ordered(db: Database, id: UUID) -> bool:
    """Whether a task, or a part of it, helps to fulfil an order. The tree has to be held."""
    ((ordered,),) = await db.fetch(_ordered(), id=id)
    return bool(ordered)


@cache
def delete_unordered() -> Executable:
    """Delete a task that helps to fulfil no order, if it has this version and this creator, where they are not null."""
    version, creator_id = bindparam("version", type_=Task.version.type), bindparam("creator_id", type_=Uuid())
    return (
        delete(Task)
        .where(in_tenant(Task), Task.id == bindparam("id", type_=Uuid()), not_(_ordered().scalar_subquery()))
        .where(or_(version.is_(None), Task.version == version))
        .where(or_(creator_id.is_(None), Task.creator_id == creator_id))
        .returning(Task.id)
    )


@cache
def _ordered() -> Select[tuple[bool]]:
    """Whether the task ``id``, or a part of it, helps to fulfil an order."""
    task = aliased(Task)
    first = select(task.id, task.order_id).where(in_tenant(task), task.id == bindparam("id", type_=Uuid()))
    parts = first.cte("parts", recursive=True)
    part = aliased(Task)
    parts = parts.union(select(part.id, part.order_id).join(parts, part.parent_id == parts.c.id).where(in_tenant(part)))
    return select(exists().where(parts.c.order_id.is_not(None)))
