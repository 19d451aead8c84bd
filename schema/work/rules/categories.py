"""Rules of categories, which managers maintain."""

from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, update

from graphql_app.database.transaction import WriteTransaction
from graphql_app.sql.parameters import in_tenant
from schema.work.models import Category, Task

UNSET = (
    update(Task)
    .where(in_tenant(Task), Task.category_id == bindparam("old_category_id", type_=Uuid()))
    .values(category_id=None, version=Task.version + 1, updated_at=func.now())
    .returning(Task.id, Task.version)
)


class Changes(TypedDict, total=False):
    """Values of a category that can be changed. Omitted ones stay as they are."""

    name: str
    description: str | None


async def create_category(tx: WriteTransaction, *, name: str, description: str | None = None) -> Category:
    """Create a category. Raises Invalid for a name that another one has."""
    return await tx.save(Category(organization_id=tx.organization_id, name=name, description=description))


async def update_category(
    tx: WriteTransaction, *, id: UUID, expected_version: int | None = None, **changes: Unpack[Changes]
) -> Category:
    """Change a category. Raises NotFound, Conflict, and Invalid for a name that another one has."""
    return await tx.update(Category, id, expected_version, **changes)


async def delete_category(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Category:
    """Delete a category. Its tasks stay, without a category. Raises NotFound and Conflict."""
    category = await tx.lock(Category, id, expected_version, removing=True)
    for task_id, version in await tx.fetch(UNSET, old_category_id=id):
        tx.events.note(Task, task_id, version, category_id=(id, None))
    return await tx.delete(category)
