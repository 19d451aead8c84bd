"""Write transaction of one organization, the interface of rules.

A rule locks rows, changes and saves them. The operation session commits or rolls back. Every statement has a condition
on the organization, like every engine statement.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Column, Executable, Result
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_app.database.change_log import ChangeLog
from graphql_app.database.connection import PooledConnection
from graphql_app.database.pool import ConnectionPool
from graphql_app.database.returned_records import ReturnedRecord
from graphql_app.database.row_codec import Batch, ColumnValues, codec_of
from graphql_app.database.row_locks import (
    Lock,
    conflict,
    has_version,
    id_of,
    lock_errors,
    not_changeable,
    not_found,
    read_rows,
    select_existing,
)
from graphql_app.database.session import OperationSession
from graphql_app.database.transaction_sql import LOCK_TENANT, SHARE_TENANT
from graphql_app.errors import PathItem, refuse, within
from graphql_app.models.base import TENANT, Base
from graphql_app.sql.compiled import compile_statement
from graphql_app.sql.edges import Relationship, edge_of
from graphql_app.sql.row_rules import CHANGES, Audience, RowRules, RowScope
from graphql_app.sql.writes import Verb
from graphql_app.viewer import Viewer

__all__ = ["BackgroundTransactions", "RuleResult", "WriteTransaction"]


@dataclass(frozen=True, slots=True)
class RuleResult:
    """Result of a rule with several records or a secret. A rule with one record returns the record itself.

    ``others`` are records by the Python names of the payload's fields; ``record`` is the record of all other fields.
    ``secret`` is returned once and not stored.
    """

    record: Base | None = None
    others: Mapping[str, Base] = field(default_factory=dict)
    secret: object = None


class WriteTransaction:
    """Write transaction. It must not be used concurrently."""

    def __init__(
        self,
        connection: PooledConnection,
        organization_id: UUID,
        viewer: Viewer | None = None,
        returned: ReturnedRecord | None = None,
    ) -> None:
        self.organization_id, self.scope = organization_id, RowScope(organization_id)
        """Rows that the viewer may see and change."""
        if viewer is not None:
            self.scope = RowScope(organization_id, viewer.user_id, Audience(viewer.role, viewer.scopes))
        self._connection, self._viewer, self._returned = connection, viewer, returned
        self.events: ChangeLog = connection.rows.changes
        """Changes of which events are written. Rules add those that they make by statements of ``fetch``."""
        self.events.viewer = viewer

    @property
    def session(self) -> AsyncSession:
        """SQLAlchemy's session in this transaction, for statements that the other methods do not support."""
        return self._connection.session()

    @property
    def viewer(self) -> Viewer:
        """The authenticated caller. Raises LookupError in background work, which has none."""
        if self._viewer is None:
            raise LookupError("This transaction has no viewer.")
        return self._viewer

    def limit(self, rows: RowRules | None) -> None:
        """Apply a further rule to the rows that are changed from now on, in place of an earlier one."""
        changes = CHANGES if rows is None else (*CHANGES, rows)
        if self.scope.changes != changes:
            self.scope = self.scope._replace(changes=changes)

    def announce(self, channel: str) -> None:
        """Announce the commit on a channel, as a hint for processes that wait for new rows."""
        self._connection.announcements.add(channel)

    async def find[M: Base](self, model: type[M], id: UUID) -> M | None:
        """Return the row with this id, or None, without a lock."""
        return next(iter(await self.find_where(model, id=id)), None)

    async def find_where[M: Base](self, model: type[M], *, locked: bool = False, **values: object) -> list[M]:
        """Return the rows with these values in their columns, which must not be null, in the order of their ids.

        ``id`` may be a list of ids. With ``locked``, the rows are locked as by ``lock``.
        """
        lock = Lock.CHANGE if locked else Lock.NONE
        return await read_rows(self._connection, model, self.scope, values, lock)

    async def find_by_id[M: Base](
        self, model: type[M], ids: Collection[UUID], *, locked: bool = False
    ) -> Mapping[UUID, M]:
        """Return the existing rows with these ids, by id, with one statement.

        With ``locked``, they are locked as by ``lock``, in the order of their ids.
        """
        return {id_of(row): row for row in await self.find_where(model, locked=locked, id=[*ids])}

    async def lock[M: Base](
        self,
        model: type[M],
        id: UUID,
        expected_version: int | None = None,
        *,
        path: PathItem = "id",
        removing: bool = False,
    ) -> M:
        """Return the row with this id, which the viewer may change, locked until the transaction ends.

        Raises NotFound, also for a hidden row, Denied for one that the viewer may see but not change, and Conflict if
        the row does not have the expected version. ``path`` is the input field with the id; ``removing`` also prevents
        new references to the row. Rows that a rule changes for another reason are locked by ``find_where``.
        """
        lock, denied = Lock.REMOVAL if removing else Lock.CHANGE, set[UUID]()
        rows = await read_rows(self._connection, model, self.scope, {"id": id}, lock, denied)
        if not rows:
            raise not_found(model, path)
        if denied:
            raise not_changeable(model, self.scope.changes, path)
        self.check_version(rows[0], expected_version)
        return rows[0]

    def check_version(self, row: Base, expected_version: int | None) -> None:
        """Raise Conflict if a locked row has another version. Check rights that depend on the row first."""
        if not has_version(row, expected_version):
            raise conflict(type(row), id_of(row))

    async def lock_all[M: Base](
        self, model: type[M], ids: Sequence[UUID], versions: Sequence[int | None] = (), *, path: PathItem | None = "id"
    ) -> list[M]:
        """Return the rows with these ids, in this order, locked by one statement in the order of their ids.

        ``versions`` are the expected versions. Raises Refused with an error for each row that is missing, must not be
        changed by the viewer, is duplicate or has another version; its path is the index in ``ids`` and, unless None,
        ``path``.
        """
        denied = set[UUID]()
        rows = await read_rows(self._connection, model, self.scope, {"id": [*ids]}, Lock.CHANGE, denied)
        found = {id_of(row): row for row in rows}
        refuse(
            list(lock_errors(model, found, ids, versions, () if path is None else (path,), denied, self.scope.changes))
        )
        return [found[id] for id in ids]

    async def update[M: Base](
        self, model: type[M], id: UUID, expected_version: int | None = None, **given: object
    ) -> M:
        """Change a row by one statement, without reading it first. Its version is unchanged if no value differs.

        Raises the errors of ``lock`` and ``save``.
        """
        if given:
            row = await self._write_one(Verb.UPDATE, model, id, expected_version, {}, given)
            if row is not None:
                return row
        return await self.change(await self.lock(model, id, expected_version), **given)

    async def delete_if[M: Base](
        self, model: type[M], id: UUID, expected_version: int | None = None, **only: object
    ) -> M | None:
        """Delete the row with this id and these values in its columns by one statement, and return it.

        Returns None if there is none. Lock the row to find the reason, and delete it if the reason no longer applies.
        """
        return await self._write_one(Verb.DELETE, model, id, expected_version, only, {})

    async def change[M: Base](self, row: M, **given: object) -> M:
        """Save a locked row with these values in its columns. Other columns keep their values."""
        for name, value in given.items():
            setattr(row, name, value)
        return await self.save(row)

    async def delete[M: Base](self, row: M) -> M:
        """Delete a locked row, and return it. Raises IntegrityError, which becomes a user error, if it is in use."""
        return (await self.delete_all([row]))[0]

    async def delete_all[M: Base](self, rows: Sequence[M]) -> list[M]:
        """Delete locked rows of one model by one statement, and return them. Raises the errors of ``delete``."""
        await self._connection.rows.delete(rows)
        return list(rows)

    async def save_all[M: Base](self, rows: Sequence[M]) -> list[M]:
        """Save many rows, sent together, like ``save``. The path of an Invalid begins with the row's index."""
        for index, row in enumerate(rows):
            with within(index):
                codec_of(row.__class__).check(vars(row))
        is_returned = self._returned is not None and self._returned.is_many
        await self._connection.rows.save(rows, self._returned if is_returned else None)
        return list(rows)

    async def lock_organization(self, *, shared: bool = False) -> None:
        """Lock the organization until the transaction ends, to serialize transactions that call this method.

        Transactions with ``shared`` run concurrently. Lock other rows after the organization. Mutations that are
        declared with ``begins_with=LOCK_TENANT`` or ``SHARE_TENANT`` lock it in their first message.
        """
        await self._connection.lock_tenant(SHARE_TENANT if shared else LOCK_TENANT)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Roll back the statements of the block if it raises an exception."""
        await self._connection.rows.flush()
        with self._connection.rows.changes.savepoint():
            async with self._connection.savepoint():
                yield

    async def save[M: Base](self, row: M) -> M:
        """Send the row's changes, or the new row, to PostgreSQL, which checks its constraints.

        Raises Invalid for a number that its column cannot hold exactly: PostgreSQL would round it.
        """
        codec_of(row.__class__).check(vars(row))
        await self._connection.rows.save([row], self._returned)
        return row

    async def save_with[M: Base](self, row: M, relationship: Relationship) -> tuple[M, Any]:  # a row of the target
        """Save a new row, and return it with the row that a to-one relationship refers to, or None.

        This is one statement, for rules that check the other row after the new one is inserted.
        """
        edge = edge_of(relationship)
        if edge.target is not type(row):
            codec_of(row.__class__).check(vars(row))
            return row, await self._connection.rows.save_with(row, edge, self._returned)
        # in the statement that writes the row, it is the only visible row of its table
        saved, key = await self.save(row), getattr(row, edge.parent_key)
        return saved, None if key is None else await self.find(edge.target, key)

    async def existing[T](self, column: Column[T], values: Collection[T]) -> set[T]:
        """Return the values that occur in ``column``, in rows that the viewer may see."""
        arguments = {**self.scope.ids, "values": list(values)}
        return {
            value for (value,) in await self._connection.send(select_existing(column, self.scope.audience), arguments)
        }

    async def fetch(self, statement: Executable, **values: object) -> Sequence[Any]:  # records
        """Send unsaved changes and a statement, and return its records.

        The statement is compiled once: create it once, with parameters (``bindparam``) for ``values`` and, if used,
        ``organization``. Raises SQLAlchemy's errors.
        """
        await self._connection.rows.flush()
        return await self._connection.send(_compiled(statement), {**self.scope.ids, **values})

    async def execute(self, statement: Executable) -> Result[*tuple[Any, ...]]:  # of any columns
        """Execute a statement, which should have a condition on the organization, in this transaction."""
        return await self.session.execute(statement)

    async def _write_one[M: Base](
        self, verb: Verb, model: type[M], id: UUID, version: int | None, only: ColumnValues, given: ColumnValues
    ) -> M | None:
        codec, returned = codec_of(model), self._returned if verb is Verb.UPDATE else None
        found: ColumnValues = {TENANT: self.organization_id, "id": id, **only}
        if version is not None:
            if codec.version is None:
                return None
            found[codec.version] = version
        names = tuple(name for name in found if name != TENANT)
        batch = Batch(verb, codec, [found], [given], names, self.scope)
        return cast(M | None, await self._connection.rows.write_one(batch, returned))


@dataclass(frozen=True, slots=True)
class BackgroundTransactions:
    """Write transactions outside requests, each on a connection of the pool."""

    connections: ConnectionPool

    async def run[T](self, organization_id: UUID, rule: Callable[[WriteTransaction], Awaitable[T]]) -> T:
        """Run ``rule`` in a transaction of an organization and commit it, with the same retry policy as a request."""
        session = OperationSession(self.connections, organization_id)
        try:
            return await session.write(lambda connection: rule(WriteTransaction(connection, organization_id)))
        finally:
            await session.close()


_compiled = lru_cache(maxsize=1_000)(compile_statement)
