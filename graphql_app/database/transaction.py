"""Write transaction of one organization, as rules use it.

A rule locks rows, changes and saves them. The operation session commits or rolls back. Every statement here names the
organization, as all statements of the engine do.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Executable, Result
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_app.database.connection import PooledConnection
from graphql_app.database.pool import ConnectionPool
from graphql_app.database.row_codec import codec_of
from graphql_app.database.row_locks import (
    Lock,
    conflict,
    has_version,
    not_found,
    read_existing,
    read_rows,
    unfit,
)
from graphql_app.database.rows import ReturnedRecord
from graphql_app.database.session import OperationSession
from graphql_app.database.transaction_sql import LOCK_TENANT, SHARE_TENANT
from graphql_app.errors import PathItem, refuse, within
from graphql_app.models.base import TENANT, Base
from graphql_app.sql.compiled import compile_statement
from graphql_app.sql.edges import Relationship, edge_of
from graphql_app.sql.writes import Verb
from graphql_app.viewer import Viewer


@dataclass(frozen=True, slots=True)
class RuleResult:
    """Result of a rule with several records, or a secret. A rule that made or changed one record returns just that.

    ``others`` are records by the Python names of the payload's fields that show them; ``record`` is that of all other
    fields. ``secret`` is shown once and stored nowhere.
    """

    record: Base | None = None
    others: Mapping[str, Base] = field(default_factory=dict)
    secret: Any = None


class WriteTransaction:
    """One write transaction. Use it in turn, not from concurrent tasks."""

    def __init__(
        self,
        connection: PooledConnection,
        organization_id: UUID,
        viewer: Viewer | None = None,
        shown: ReturnedRecord | None = None,
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
            raise LookupError("This transaction has no viewer.")
        return self._viewer

    async def find[M: Base](self, model: type[M], id: UUID) -> M | None:
        """The row with this id, or None; without a lock."""
        return next(iter(await self.find_where(model, id=id)), None)

    async def find_where[M: Base](self, model: type[M], *, locked: bool = False, **values: Any) -> list[M]:
        """Return the rows with these values in their columns, none of them null, in the order of their ids.

        A list of ids stands for any of them. With ``locked``, the rows are locked as by ``lock``.
        """
        lock = Lock.CHANGE if locked else Lock.NONE
        return await read_rows(self._connection, model, self.organization_id, values, lock)

    async def find_by_id[M: Base](
        self, model: type[M], ids: Collection[UUID], *, locked: bool = False
    ) -> Mapping[UUID, M]:
        """Return those rows with these ids that there are, by their ids: one statement for all.

        With ``locked``, they are locked as by ``lock``, in the order of their ids.
        """
        return {row.id: row for row in await self.find_where(model, locked=locked, id=[*ids])}  # type: ignore[attr-defined]

    async def lock[M: Base](
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
        lock = Lock.REMOVAL if removing else Lock.CHANGE
        rows: list[M] = await read_rows(self._connection, model, self.organization_id, {"id": id}, lock)
        if not rows:
            raise not_found(model, path)
        (row,) = rows
        self.check_version(row, expected_version)
        return row

    def check_version(self, row: Base, expected_version: int | None) -> None:
        """Raise Conflict if a locked row has another version: where a right depends on the row, check that before."""
        if not has_version(row, expected_version):
            raise conflict(type(row), getattr(row, "id"))  # noqa: B009 (tables of the system have none)

    async def lock_all[M: Base](
        self, model: type[M], ids: Sequence[UUID], versions: Sequence[int | None] = (), *, path: PathItem | None = "id"
    ) -> list[M]:
        """The rows with these ids in their order, locked as by ``lock``: one statement, and always the same order.

        ``versions`` are the expected ones, in the same order. Raises Refused with an error for each that is not there,
        has another version or is named twice; its path is the index in ``ids`` and, unless None, ``path``.
        """
        found = await self.find_by_id(model, ids, locked=True)
        refuse(list(unfit(model, found, ids, versions, () if path is None else (path,))))
        return [found[id] for id in ids]

    async def update[M: Base](self, model: type[M], id: UUID, expected_version: int | None = None, **given: Any) -> M:
        """Change a row that the rule need not look at, by one statement. It keeps its version if nothing differs.

        Raises as ``lock`` and ``save`` do.
        """
        if given:
            row = await self._write_one(Verb.UPDATE, model, id, expected_version, {}, given)
            if row is not None:
                return row
        return await self.change(await self.lock(model, id, expected_version), **given)

    async def delete_if[M: Base](
        self, model: type[M], id: UUID, expected_version: int | None = None, **only: Any
    ) -> M | None:
        """Delete the row with this id and these values in its columns by one statement, and return it.

        Returns None if there is none: lock the row to see the reason, and to delete it if there is none by now.
        """
        return await self._write_one(Verb.DELETE, model, id, expected_version, only, {})

    async def change[M: Base](self, row: M, **given: Any) -> M:
        """Save a locked row with these values in its columns: what was left out of an input stays as it is."""
        for name, value in given.items():
            setattr(row, name, value)
        return await self.save(row)

    async def delete[M: Base](self, row: M) -> M:
        """Delete a locked row, and return it. Raises IntegrityError, which a client is told, when it is in use."""
        return (await self.delete_all([row]))[0]

    async def delete_all[M: Base](self, rows: Sequence[M]) -> list[M]:
        """Delete locked rows of one model by one statement, and return them. Raises as ``delete``."""
        await self._connection.rows.delete(rows)
        return list(rows)

    async def save_all[M: Base](self, rows: Sequence[M]) -> list[M]:
        """As ``save``, for many rows, sent together. The path of an Invalid begins with the row's index."""
        for index, row in enumerate(rows):
            with within(index):
                codec_of(row.__class__).check(vars(row))
        is_shown = self._shown is not None and self._shown.is_many
        await self._connection.rows.save(rows, self._shown if is_shown else None)
        return list(rows)

    async def lock_organization(self, *, shared: bool = False) -> None:
        """Lock the organization until the transaction ends, so that others that do it run one after the other.

        Those for which it is ``shared`` run beside one another. Lock other rows after that, never before. Mutations
        that are declared with ``begins_with=LOCK_TENANT`` or ``SHARE_TENANT`` have locked it by their first message.
        """
        await self._connection.lock_tenant(SHARE_TENANT if shared else LOCK_TENANT)

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        """When something fails inside, what was done inside is undone, and the error goes on."""
        return self._connection.savepoint()

    async def save[M: Base](self, row: M) -> M:
        """Send the row's changes, or the new row, to PostgreSQL; its checks speak now.

        Raises Invalid for a number that its column cannot hold as it is: PostgreSQL would round it.
        """
        codec_of(row.__class__).check(vars(row))
        await self._connection.rows.save([row], self._shown)
        return row

    async def save_with[M: Base](self, row: M, relationship: Relationship) -> tuple[M, Any]:
        """As ``save``, for a new row; with the row that it refers to over a to-one relationship, as ``find`` gives it.

        Both are one statement: for a rule about the other row, which is looked at when the new one is there.
        """
        edge = edge_of(relationship)
        if edge.target is not type(row):
            codec_of(row.__class__).check(vars(row))
            return row, await self._connection.rows.save_with(row, edge, self._shown)
        # the statement that writes the row shows it as the only one of its table
        saved, key = await self.save(row), getattr(row, edge.parent_key)
        return saved, None if key is None else await self.find(edge.target, key)

    async def existing(self, column: Column[Any], values: Collection[Any]) -> set[Any]:
        """Those of the values that ``column`` has in some row."""
        return await read_existing(self._connection, column, self.organization_id, values)

    async def fetch(self, statement: Executable, **values: Any) -> Sequence[Any]:
        """Send a statement after changes that were not saved, and return the records of the driver.

        It is compiled once: build it once, with parameters (``bindparam``) for ``values`` and, if it has one, for
        ``organization``. Raises what a session would.
        """
        await self._connection.rows.flush()
        return await self._connection.send(_compiled(statement), {"organization": self.organization_id, **values})

    async def execute(self, statement: Executable) -> Result[Any]:
        """Run a statement of your own in this transaction; name the organization in it."""
        return await self.session.execute(statement)

    async def _write_one[M: Base](
        self, verb: Verb, model: type[M], id: UUID, version: int | None, only: Mapping[str, Any], given: dict[str, Any]
    ) -> M | None:
        codec, shown = codec_of(model), self._shown if verb is Verb.UPDATE else None
        found = {TENANT: self.organization_id, "id": id, **only}
        if version is not None:
            if codec.version is None:
                return None
            found[codec.version] = version
        row: M | None = await self._connection.rows.write_one(verb, codec, found, given, shown)
        return row


@dataclass(frozen=True, slots=True)
class BackgroundTransactions:
    """BackgroundTransactions outside of any request, on one pool, each on a connection that is given back."""

    connections: ConnectionPool

    async def run[T](self, organization_id: UUID, rule: Callable[[WriteTransaction], Awaitable[T]]) -> T:
        """Run ``rule`` in a transaction for an organization and commit it; retried as a request's transactions are."""
        session = OperationSession(self.connections, organization_id)
        try:
            return await session.write(lambda connection: rule(WriteTransaction(connection, organization_id)))
        finally:
            await session.close()


_compiled = lru_cache(maxsize=1_000)(compile_statement)
