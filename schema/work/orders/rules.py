"""Placing, cancelling and fulfilling orders, each with the order's tasks. Both change in one transaction.

The order is locked before its tasks, by everybody.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from graphql_app.database.database import Database
from schema.billing import rules as billing
from schema.billing.models import Order, OrderLine
from schema.billing.rules.lines import lines_of
from schema.errors import IllegalState
from schema.work.models import Task, TaskStatus

LONGEST_TITLE = 200
UNDER_WAY = (TaskStatus.OPEN, TaskStatus.IN_PROGRESS)


async def place_order(db: Database, *, id: UUID, expected_version: int | None = None) -> Order:
    """Place a draft, and make a task of each of its lines. Raises as ``billing.place`` does."""
    order = await billing.place(db, id=id, expected_version=expected_version)
    await db.save_all([_task(db, line) for line in await lines_of(db, order)])
    return order


def _task(db: Database, line: OrderLine) -> Task:
    """What a line asks for, in one line; at length where that is too short, and how much of it."""
    quantity = f"{line.quantity.normalize():f}"
    return Task(
        organization_id=db.organization_id,
        order_id=line.order_id,
        creator_id=db.viewer.user_id,
        title=line.description[:LONGEST_TITLE],
        description=line.description if quantity == "1" else f"{quantity} x {line.description}",
    )


async def cancel_order(db: Database, *, id: UUID, expected_version: int | None = None) -> Order:
    """Cancel an order, and those of its tasks that are not done. Raises as ``billing.cancel`` does."""
    order = await billing.cancel(db, id=id, expected_version=expected_version)
    for task in await _tasks(db, order, key_share=True):
        if task.status in UNDER_WAY:
            await db.change(task, status=TaskStatus.CANCELLED)
    return order


async def fulfil_order(db: Database, *, id: UUID, expected_version: int | None = None) -> Order:
    """Declare a paid order fulfilled, all of whose tasks are done; those that were cancelled do not count.

    Nobody reopens one of them meanwhile. Raises as ``billing.fulfil`` does, and IllegalState.
    """
    order = await billing.fulfil(db, id=id, expected_version=expected_version)
    left = [task for task in await _tasks(db, order, read=True) if task.status in UNDER_WAY]
    if left:
        raise IllegalState(f"There is still to do: {left[0].title}, and {len(left) - 1} more.", "id")
    return order


async def _tasks(db: Database, order: Order, **lock: Any) -> list[Task]:
    """The order's tasks, locked in the order of their ids."""
    mine = (Task.organization_id == db.organization_id, Task.order_id == order.id)
    locked = select(Task).where(*mine).order_by(Task.id).with_for_update(**lock)
    return list((await db.execute(locked)).scalars())
