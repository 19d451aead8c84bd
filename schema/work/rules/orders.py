"""Rules that place, cancel and fulfil orders together with their tasks, in one transaction.

All rules lock the order before its tasks.
"""

from uuid import UUID

from graphql_app.database.transaction import WriteTransaction
from schema.billing import rules as billing
from schema.billing.models import Order, OrderLine
from schema.billing.rules.lines import lines_of
from schema.errors import IllegalState
from schema.work.models import Task, TaskStatus

LONGEST_TITLE = 200
UNDER_WAY = (TaskStatus.OPEN, TaskStatus.IN_PROGRESS)


async def place_order(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Order:
    """Place a draft, and create a task for each of its lines. Raises the errors of ``billing.place``."""
    order = await billing.place(tx, id=id, expected_version=expected_version)
    await tx.save_all([_task(tx, line) for line in await lines_of(tx, order)])
    return order


def _task(tx: WriteTransaction, line: OrderLine) -> Task:
    """Return the task of a line. The description has the quantity, and the text that is too long for the title."""
    quantity = f"{line.quantity.normalize():f}"
    return Task(
        organization_id=tx.organization_id,
        order_id=line.order_id,
        creator_id=tx.viewer.user_id,
        title=line.description[:LONGEST_TITLE],
        description=line.description if quantity == "1" else f"{quantity} x {line.description}",
    )


async def cancel_order(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Order:
    """Cancel an order, and those of its tasks that are not done. Raises the errors of ``billing.cancel``."""
    order = await billing.cancel(tx, id=id, expected_version=expected_version)
    for task in await _tasks(tx, order):
        if task.status in UNDER_WAY:
            await tx.change(task, status=TaskStatus.CANCELLED)
    return order


async def fulfil_order(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Order:
    """Mark a paid order as fulfilled if all its tasks are done or cancelled.

    Its tasks are locked, so that none is reopened concurrently. Raises the errors of ``billing.fulfil``, and
    IllegalState.
    """
    order = await billing.fulfil(tx, id=id, expected_version=expected_version)
    left = [task for task in await _tasks(tx, order) if task.status in UNDER_WAY]
    if left:
        others = f" and {len(left) - 1} more" if len(left) > 1 else ""
        raise IllegalState(f"The order has unfinished tasks: {left[0].title}{others}.", "id")
    return order


async def _tasks(tx: WriteTransaction, order: Order) -> list[Task]:
    """Return the order's tasks, locked."""
    return await tx.find_where(Task, locked=True, order_id=order.id)
