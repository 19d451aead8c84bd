"""Tree of tasks and subtasks, without cycles.

A move is valid depending on every task above, and two valid moves may create a cycle together. So moves lock the tree
of the organization, and read it after that: each transaction sees the result of the one before. A deletion depends on
the tasks below, so it shares the lock with other deletions: they only take tasks away. A new task creates no cycle,
because it has no subtasks yet, and belongs to no order if it has a parent, so it needs no lock.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from uuid import UUID

from sqlalchemy import Executable, Select, Uuid, bindparam, delete, exists, not_, or_, select
from sqlalchemy.orm import aliased

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Invalid, NotFound, RuleError
from graphql_app.sql.cascades import deleting
from graphql_app.sql.parameters import in_keys, in_tenant
from graphql_app.sql.row_rules import Audience, RowRules, changeable_rows
from schema.work.models import Task

CIRCLE = "The parent must not be the task itself or one of its subtasks."


async def hold_tree(tx: WriteTransaction, *, shared: bool = False) -> None:
    """Lock the organization's tree until the transaction ends, so that no other transaction moves tasks.

    Other transactions delete tasks meanwhile only if it is ``shared``. Lock tasks after that, never before, to prevent
    deadlocks.
    """
    await tx.lock_organization(shared=shared)


async def check_parents(tx: WriteTransaction, parents: Mapping[UUID, UUID]) -> dict[UUID, RuleError]:
    """Return the errors of tasks that cannot become subtasks of their ``parents``, by the task's id.

    Sends one statement for all of them. The tree must be locked.
    """
    known: dict[UUID, UUID | None] = dict(await tx.fetch(_tasks_above(), keys=[*parents.values()]))
    links = known | dict(parents)
    errors: dict[UUID, RuleError] = {}
    for id, parent in parents.items():
        if parent not in known:
            errors[id] = NotFound("There is no task with this ID.", "parentId")
        elif id in _above(id, links):
            errors[id] = Invalid(CIRCLE, "parentId")
    return errors


@cache
def _tasks_above() -> Executable:
    """Return the query for the tasks with these ``keys`` and all tasks above them, each with its own parent."""
    task = select(Task.id, Task.parent_id).where(in_tenant(Task))
    above = task.where(in_keys(Task.id)).cte("above", recursive=True)
    return select(above.union(task.join(above, Task.id == above.c.parent_id)))


def _above(id: UUID, links: Mapping[UUID, UUID | None]) -> Iterator[UUID]:
    """Yield all tasks above a task. Stops when a cycle repeats."""
    seen = set[UUID]()
    parent = links.get(id)
    while parent is not None and parent not in seen:
        yield parent
        seen.add(parent)
        parent = links.get(parent)


async def is_ordered(tx: WriteTransaction, id: UUID) -> bool:
    """Return True if a task, or one of its subtasks, belongs to an order. The tree must be locked."""
    ((ordered,),) = await tx.fetch(_ordered(), id=id)
    return bool(ordered)


@cache
def delete_unordered(rules: tuple[RowRules, ...], audience: Audience | None) -> Executable:
    """Return the statement that deletes a task without orders that the rules admit, at this version, if not null.

    It returns the id, and the records that are deleted with the task.
    """
    version = bindparam("version", type_=Task.version.type)
    admitted = [] if audience is None else changeable_rows(rules, Task, audience)
    found = (
        delete(Task)
        .where(in_tenant(Task), Task.id == bindparam("id", type_=Uuid()), not_(_ordered().scalar_subquery()))
        .where(or_(version.is_(None), Task.version == version))
        .where(*admitted)
    )
    return deleting(found, Task)


@cache
def _ordered() -> Select[tuple[bool]]:
    """Return the query that is true if the task ``id``, or one of its subtasks, belongs to an order."""
    task = aliased(Task)
    first = select(task.id, task.order_id).where(in_tenant(task), task.id == bindparam("id", type_=Uuid()))
    parts = first.cte("parts", recursive=True)
    part = aliased(Task)
    parts = parts.union(select(part.id, part.order_id).join(parts, part.parent_id == parts.c.id).where(in_tenant(part)))
    return select(exists().where(parts.c.order_id.is_not(None)))
