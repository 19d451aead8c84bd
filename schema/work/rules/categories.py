"""Rules of categories, which managers maintain."""

from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, update

from graphql_app.database.database import Database
from graphql_app.statements.parameters import in_tenant
from schema.work.models import Category, Task
from schema.work.rules.rights import check_manages

UNSET = (
    update(Task)
    .where(in_tenant(Task), Task.category_id == bindparam("old_category_id", type_=Uuid()))
    .values(category_id=None, version=Task.version + 1, updated_at=func.now())
)


class Changes(TypedDict, total=False):
    """Values of a category that can be changed. Omitted ones stay as they are."""

    name: str
    description: str | None


async def create_category(db: Database, *, name: str, description: str | None = None) -> Category:
    """Create a category. Raises Denied, and Invalid for a name that another one has."""
    check_manages(db)
    return await db.save(Category(organization_id=db.organization_id, name=name, description=description))


async def update_category(
    db: Database, *, id: UUID, expected_version: int | None = None, **changes: Unpack[Changes]
) -> Category:
    """Change a category. Raises Denied, NotFound, Conflict, and Invalid for a name that another one has."""
    check_manages(db)
    return await db.update(Category, id, expected_version, **changes)


async def delete_category(db: Database, *, id: UUID, expected_version: int | None = None) -> Category:
    """Delete a category. Its tasks stay, without a category. Raises Denied, NotFound and Conflict."""
    check_manages(db)
    category = await db.claim(Category, id, expected_version, removing=True)
    await db.fetch(UNSET, old_category_id=id)
    return await db.delete(category)
