"""What a rule is given: the transaction it runs in, for one organization.

A rule claims what it will change, changes it and flushes at most; committing and rolling back is the gate's. Everything
here names the organization itself, as every statement of the engine does.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Executable,
    FromClause,
    Integer,
    Numeric,
    Result,
    Select,
    inspect,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_app.database.base import Base, tenant_column
from graphql_app.database.batches import update_rows
from graphql_app.database.claims import among, locked, not_found, select_rows, unfit
from graphql_app.database.columns import fits, numbers_of
from graphql_app.database.connection import PooledConnection
from graphql_app.database.inserting import insert_row
from graphql_app.database.shown import Shown
from graphql_app.database.single import read_row
from graphql_app.errors import Conflict, Invalid, PathItem, refuse, within
from graphql_app.identity.viewer import Viewer
from graphql_app.names import camel_case
from graphql_app.statements.edges import Edge, Relationship, edge_of


class Database:
    """One write transaction. Use it in turn, not from concurrent tasks."""

    def __init__(
        self,
        connection: PooledConnection,
        organization_id: UUID,
        viewer: Viewer | None = None,
        shown: Shown | None = None,
    ) -> None:
        self.organization_id = organization_id
        self._connection = connection
        self._viewer = viewer
        self._shown = shown

    @property
    def session(self) -> AsyncSession:
        """SQLAlchemy's session in this transaction, for all that the methods here do not do."""
        return self._connection.session()

    @property
    def viewer(self) -> Viewer:
        """Whoever asked for the change. Raises LookupError in work that nobody asked for, such as a sweep."""
        if self._viewer is None:
            raise LookupError("This transaction was begun for nobody.")
        return self._viewer

    async def find[M: Base](self, model: type[M], id: UUID) -> M | None:
        """The row with this id, or None; without a lock."""
        found: M | None = await read_row(self._connection, model, self.organization_id, id, lock=False)
        return found

    async def find_all[M: Base](self, model: type[M], ids: Sequence[UUID], *, path: PathItem | None = "id") -> list[M]:
        """As ``claim_all``, without a lock."""
        return await self._all(model, select_rows(model, self.organization_id, ids), ids, (), path)

    async def claim[M: Base](
        self,
        model: type[M],
        id: UUID,
        expected_version: int | None = None,
        *,
        path: PathItem = "id",
        removing: bool = False,
    ) -> M:
        """The row with this id, locked until the transaction ends: nobody else changes it meanwhile.

        Raises NotFound, and Conflict when the row's version is not the one that the client has seen. ``path`` is the
        input field that says the id; ``removing`` also keeps others from referring to the row.
        """
        reading = read_row(self._connection, model, self.organization_id, id, lock=True, removing=removing)
        row: M | None = await reading
        if row is None:
            raise not_found(model, path)
        if expected_version is not None and expected_version != getattr(row, "version", None):
            raise Conflict("Somebody changed it since.", "expectedVersion", model=model, id=id)
        return row

    async def claim_all[M: Base](
        self, model: type[M], ids: Sequence[UUID], versions: Sequence[int | None] = (), *, path: PathItem | None = "id"
    ) -> list[M]:
        """The rows with these ids in their order, locked as by ``claim``: one statement, and always the same order.

        ``versions`` are the expected ones, in the same order. Raises Refused with an error for each that is not there,
        has another version or is named twice; its path is the index in ``ids`` and, unless None, ``path``.
        """
        rows = locked(select_rows(model, self.organization_id, ids))
        return await self._all(model, rows, ids, versions, path)

    async def change[M: Base](self, row: M, **given: Any) -> M:
        """Save a claimed row with these values in its columns: what was left out of an input stays as it is."""
        for name, value in given.items():
            setattr(row, name, value)
        return await self.save(row)

    async def delete[M: Base](self, row: M) -> M:
        """Delete a claimed row, and return it. Raises IntegrityError, which a client is told, when it is in use."""
        await self.session.delete(row)
        await self.session.flush()
        return row

    async def save_all[M: Base](self, rows: Sequence[M]) -> list[M]:
        """As ``save``, for many rows, sent together. The path of an Invalid begins with the row's index."""
        for index, row in enumerate(rows):
            with within(index):
                _check_numbers(row)
        await update_rows(self.session, self.organization_id, rows)
        self.session.add_all(rows)
        await self.session.flush()
        return list(rows)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """When something fails inside, what was done inside is undone, and the error goes on."""
        async with self.session.begin_nested():
            yield
            await self.session.flush()

    async def save[M: Base](self, row: M) -> M:
        """Send the row's changes, or the new row, to PostgreSQL; its checks speak now.

        Raises Invalid for a number that its column cannot hold as it is: PostgreSQL would round it.
        """
        _check_numbers(row)
        if not await insert_row(self._connection, row, self._shown):
            self.session.add(row)
            await self.session.flush()
        return row

    async def save_with[M: Base](self, row: M, relationship: Relationship) -> tuple[M, Any]:
        """As ``save``, for a new row; with the row that it refers to over a to-one relationship, as ``find`` gives it.

        Both are one statement: for a rule about the other row, which is looked at when the new one is there.
        """
        _check_numbers(row)
        edge = _edge(relationship)
        inserted = await insert_row(self._connection, row, self._shown, edge)
        if inserted is not None:
            return row, inserted.referred
        saved, key = await self.save(row), getattr(row, edge.parent_key)
        return saved, None if key is None else await self.find(edge.target, key)

    async def existing(self, column: Column[Any], values: Collection[Any]) -> set[Any]:
        """Those of the values that ``column`` has in some row."""
        mine = tenant_column(column.table.c) == self.organization_id
        return {*await self.session.scalars(select(column).where(mine, among(column, values)))}

    async def execute(self, statement: Executable) -> Result[Any]:
        """Run a statement of your own in this transaction; name the organization in it."""
        return await self.session.execute(statement)

    async def _all(
        self, model: type[Any], rows: Select[Any], ids: Sequence[UUID], versions: Sequence[int | None], path: Any
    ) -> list[Any]:
        found = {row.id: row for row in await self.session.scalars(rows)}
        refuse(list(unfit(model, found, ids, versions, () if path is None else (path,))))
        return [found[id] for id in ids]


@cache
def _edge(relationship: Relationship) -> Edge:
    return edge_of(relationship)


def _check_numbers(row: Base) -> None:
    given = inspect(row).dict
    for column in _numbers(row.__table__):
        if not fits(given.get(column.name), column.type):
            raise Invalid(f"This has to be {numbers_of(column.type)}.", camel_case(column.name))


@cache
def _numbers(table: FromClause) -> list[Any]:
    return [column for column in table.columns if isinstance(column.type, Integer | Numeric)]
