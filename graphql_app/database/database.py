"""What a rule is given: the transaction it runs in, for one organization.

A rule claims what it will change, changes it and flushes at most; committing and rolling back is the gate's. Everything
here names the organization itself, as every statement of the engine does.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Executable, Result, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_app.database.base import Base, tenant_column
from graphql_app.database.columns import fits, numbers_of
from graphql_app.errors import Conflict, Invalid, NotFound, PathItem
from graphql_app.names import camel_case


class Database:
    """One write transaction. Use it in turn, not from concurrent tasks."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self.session = session
        self.organization_id = organization_id

    async def find[M: Base](self, model: type[M], id: UUID) -> M | None:
        """The row with this id, or None; without a lock."""
        found: M | None = await self._one(model, id, select(model))
        return found

    async def claim[M: Base](
        self, model: type[M], id: UUID, expected_version: int | None = None, *, path: PathItem = "id"
    ) -> M:
        """The row with this id, locked until the transaction ends: nobody else changes it meanwhile.

        FOR NO KEY UPDATE, since FOR UPDATE would also block every insert that refers to the row. Raises NotFound, and
        Conflict when the row's version is not the one that the client has seen. ``path`` is the input field that says
        the id.
        """
        row: M | None = await self._one(model, id, select(model).with_for_update(key_share=True))
        if row is None:
            raise NotFound(f"There is no {model.__name__.lower()} with this id.", path)
        if expected_version is not None and expected_version != getattr(row, "version", None):
            raise Conflict("Somebody changed it since.", "expectedVersion", model=model, id=id)
        return row

    async def save[M: Base](self, row: M) -> M:
        """Send the row's changes, or the new row, to PostgreSQL; its checks speak now.

        Raises Invalid for a number that its column cannot hold as it is: PostgreSQL would round it.
        """
        _check_numbers(row)
        self.session.add(row)
        await self.session.flush()
        return row

    async def execute(self, statement: Executable) -> Result[Any]:
        """Run a statement of your own in this transaction; name the organization in it."""
        return await self.session.execute(statement)

    async def _one(self, model: type[Any], id: UUID, statement: Any) -> Any:
        mine = tenant_column(model) == self.organization_id
        return await self.session.scalar(statement.where(mine, model.id == id))


def _check_numbers(row: Base) -> None:
    given = inspect(row).dict
    for column in row.__table__.columns:
        if not fits(given.get(column.key), column.type):
            raise Invalid(f"This has to be {numbers_of(column.type)}.", camel_case(column.name))
