"""Session of one operation: its connection and snapshot, with serialized access.

Resolvers of one operation run concurrently, and a connection or an ``AsyncSession`` must not be used concurrently:
every use holds one lock. The first statement acquires the connection, and :meth:`OperationSession.close` returns it.

Reads see one snapshot: a read-only REPEATABLE READ transaction that lasts until the operation ends or writes. A write
is a READ COMMITTED transaction, which only this module commits. Reads after it begin a new snapshot.

Each transaction begins with a check of the viewer: see :mod:`graphql_app.database.viewer_check`. A write is executed
with the stored role. A read for a viewer with another stored role raises RoleChanged, because its data may depend on
the role: the operation must be executed again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, overload
from uuid import UUID

import structlog
from asyncpg import Record
from sqlalchemy import Executable, Result, ScalarResult, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.selectable import TypedReturnsRows

from graphql_app.database.connection import PooledConnection
from graphql_app.database.errors import ABORTED, SessionClosed, is_retryable, sqlstate, with_retries
from graphql_app.database.pool import ConnectionPool
from graphql_app.database.transaction_sql import CUSTOM, GENERIC, READ, application_name
from graphql_app.database.viewer_check import Access, access_error
from graphql_app.errors import CommitUnknown, RoleChanged
from graphql_app.models.base import Base, Entity
from graphql_app.sql.row_rules import readable
from graphql_app.telemetry.operation_trace import OperationTrace
from graphql_app.viewer import Viewer

__all__ = ["OperationSession"]

type Parameters = Mapping[str, object]
log = structlog.get_logger()


class OperationSession:
    """Database session of one operation. With ``tenant`` None, no rows are visible.

    ``execute``, ``scalars``, ``scalar`` and ``get`` are an ``AsyncSession``'s methods, for concurrent resolvers. They
    read from the snapshot, and supply the ids of the organization and of the viewer to statements that use them.
    """

    def __init__(self, connections: ConnectionPool, tenant: UUID | None, viewer: Viewer | None = None) -> None:
        self.tenant, self.access = tenant, Access(viewer)
        self.trace: OperationTrace | None = None
        self.name: tuple[str, str] | None = None  # of the operation and of its trace, for pg_stat_activity
        self.commit_sent = False  # then its data may be read even if the viewer's access has ended
        self.read_failed: BaseException | None = None
        self.commit_unknown = False  # True if it is unknown whether a COMMIT took effect
        self.deadline: float | None = None  # time of the event loop's clock after which reads raise TimeoutError
        self.reached = False  # True if a transaction of this operation has begun
        self._pool = connections
        self._lock = asyncio.Lock()
        self._connection: PooledConnection | None = None
        self._sent, self._reading, self._seen, self._closed = 0, False, False, False
        self._running: asyncio.Task[object] | None = None
        self._aborted_by: Exception | None = None

    @property
    def ids(self) -> Parameters:
        """Parameters that each statement may have."""
        return {"organization": self.tenant, "viewer_id": self.access.viewer_id}

    @property
    def statements(self) -> int:
        """Number of statements that were sent, without the beginnings and ends of transactions."""
        return self._sent + (0 if self._connection is None else self._connection.sent)

    async def read[T](self, work: Callable[[AsyncSession], Awaitable[T]], *, generic: bool = False) -> T:
        """Run ``work`` in the snapshot, with exclusive use of the connection.

        With ``generic``, its statements have one plan for all values; otherwise PostgreSQL decides. Raises SQLAlchemy's
        errors, and SessionClosed after the end of the operation. If the first read of the snapshot fails by a lost
        connection or a stale prepared statement, it runs again in a new one. For a later read, ``read_failed`` is set:
        only the whole operation can be repeated. Reads after an error that aborted the snapshot raise the same error.
        """
        return await self._serialized(
            lambda: self._read(GENERIC if generic else "", lambda connection: work(connection.session()))
        )

    async def fetch(
        self, sql: str, arguments: Sequence[object], *, generic: bool = False, keys: int = 0
    ) -> Sequence[Record]:
        """Return the records of a statement, read from the snapshot. Raises asyncpg's errors.

        With ``generic``, it has one plan for all arguments. ``keys`` is the number of parents for the trace.
        """

        async def send(connection: PooledConnection) -> Sequence[Record]:
            rows = await connection.fetch(sql, arguments, keys)
            if keys > 1:
                self._pool.metrics.batches += 1
                self._pool.metrics.batch_keys += keys
            return rows

        return await self._serialized(lambda: self._read(GENERIC if generic else CUSTOM, send))

    async def execute(self, statement: Executable, values: Parameters | None = None) -> Result[*tuple[Any, ...]]:
        """Return the buffered result of a statement."""
        parameters = {**(values or {}), **self.ids}
        return await self.read(lambda session: session.execute(statement, parameters))

    @overload
    async def scalars[T](self, statement: TypedReturnsRows[T], values: Parameters | None = None) -> ScalarResult[T]: ...
    @overload
    async def scalars(self, statement: Executable, values: Parameters | None = None) -> ScalarResult[Any]: ...

    async def scalars(self, statement: Executable, values: Parameters | None = None) -> ScalarResult[Any]:
        """Return the first column of the result of a statement."""
        return (await self.execute(statement, values)).scalars()

    @overload
    async def scalar[T](self, statement: TypedReturnsRows[T], values: Parameters | None = None) -> T | None: ...
    @overload
    async def scalar(self, statement: Executable, values: Parameters | None = None) -> Any: ...

    async def scalar(self, statement: Executable, values: Parameters | None = None) -> Any:
        """Return the first column of the first row of the result of a statement, or None."""
        return (await self.execute(statement, values)).scalar()

    async def get[M: Base](self, model: type[M], id: UUID) -> M | None:
        """Return the row with this id in the organization, or None if there is none that the viewer may see."""
        entity: Entity = model
        return await self.scalar(select(model).where(readable(entity, self.access.audience), entity.id == id))

    async def write[T](
        self, work: Callable[[PooledConnection], Awaitable[T]], *, repeatable: bool = False, then: str = ""
    ) -> T:
        """Run ``work`` in one transaction and commit it. Any exception is raised after a rollback.

        Unsaved changes of rows are sent before the commit. ``work`` runs again, in a new transaction, after a deadlock,
        a serialization failure or a connection lost before COMMIT was sent: it must have no side effects other than its
        statements. ``repeatable`` work, which is idempotent, also runs again if it is unknown whether COMMIT took
        effect; otherwise this raises CommitUnknown. ``then`` is passed to ``PooledConnection.begin``.
        """

        async def step() -> T:
            if self._connection is not None and self._connection.in_session:
                await self._connection.rollback()
            self._forget_snapshot()
            result = await with_retries(lambda: self._attempt(work, then, commit=repeatable))
            if not repeatable:
                await self._commit_once()
            return result

        return await self._serialized(step)

    async def restart(self, tenant: UUID | None) -> None:
        """Return the connection to the pool, for work without the database such as hashing a password.

        The next statement begins a new snapshot of ``tenant``. A viewer of another organization is removed.
        """

        async def step() -> None:
            await self._return_connection()
            self.tenant = tenant
            if (viewer := self.access.viewer) is not None and viewer.organization_id != tenant:
                self.access = Access(cache=self.access.cache)

        await self._serialized(step)

    async def check(self) -> None:
        """Check the viewer without a statement. Raises InvalidToken and RoleChanged."""
        await self._serialized(self._snapshot)

    async def close(self) -> None:
        """Cancel a running statement, roll back and return the connection. Later reads raise SessionClosed.

        It completes even if the caller is cancelled, so that the connection is always returned.
        """
        self._closed = True
        await asyncio.shield(asyncio.ensure_future(self._close()))

    def release(self) -> None:
        """Close in the background, so that the response does not wait for it."""
        self._closed = True
        if self._connection is None and not self._lock.locked():
            return
        if self._connection is not None and not self._lock.locked() and self._pool.release_nowait(self._connection):
            self._connection = None
        else:
            self._pool.run_in_background(self._close())

    async def _close(self) -> None:
        if self._running is not None:
            self._running.cancel()  # a late batch, with its statement in PostgreSQL
        async with self._lock:
            await self._return_connection()

    async def _serialized[T](self, step: Callable[[], Awaitable[T]]) -> T:
        async with asyncio.timeout_at(self.deadline), self._lock:
            if self._closed:
                raise SessionClosed
            self._running = asyncio.current_task()
            try:
                return await step()
            finally:
                self._running = None

    async def _read[T](self, planning: str, work: Callable[[PooledConnection], Awaitable[T]]) -> T:
        fresh, self._seen = not self._seen, True
        try:
            return await work(await self._snapshot(planning))
        except Exception as error:
            if sqlstate(error) == ABORTED and self._aborted_by is not None:
                raise self._aborted_by from None
            self._aborted_by = self._aborted_by or error
            if not is_retryable(error):
                raise
            if not fresh:
                self.read_failed = error
                raise
            self._forget_snapshot()
            if self._connection is not None:
                await self._connection.rollback()
            self._seen = True
            return await work(await self._snapshot(planning))

    async def _snapshot(self, planning: str = "") -> PooledConnection:
        """Return the connection in the operation's snapshot, with this plan cache mode."""
        connection = await self._connected()
        if not self._reading:
            await self.access.begin(connection, READ, self.tenant, planning, role_only=self.commit_sent)
            self._reading = self.reached = True
        await connection.plan(planning)
        return connection

    async def _attempt[T](self, work: Callable[[PooledConnection], Awaitable[T]], then: str, *, commit: bool) -> T:
        connection = await self._connected()
        try:
            await self.access.begin_write(connection, self.tenant, then)
            self.reached = True
            result = await work(connection)
            await connection.rows.flush()
        except BaseException:
            await connection.rollback()
            raise
        if commit:
            await self._commit()
        return result

    async def _commit_once(self) -> None:
        """Commit without a retry. Raises CommitUnknown if it is unknown whether the commit took effect."""
        try:
            await self._commit()
        except (RuntimeError, DBAPIError):
            raise  # rolled back
        except asyncio.CancelledError:
            self.commit_unknown = True
            raise
        except Exception as error:
            self.commit_unknown = True
            log.warning("commit outcome unknown", exc_info=error)
            raise CommitUnknown from error

    async def _commit(self) -> None:
        """Commit, and begin the snapshot from which the payload is read, usually by key."""
        connection = await self._connected()
        self.commit_sent = True
        try:
            failed = await connection.commit(READ, self.tenant, GENERIC, self.access.check(role_only=True))
        except BaseException:
            await connection.rollback()
            raise
        self._reading = connection.begun
        denied = None if failed is None else access_error(failed)
        if isinstance(denied, RoleChanged):
            self.access.take_role(denied)

    async def _connected(self) -> PooledConnection:
        """Return the operation's connection, acquired from the pool if there is none or it was lost."""
        if self._connection is not None and self._connection.lost:
            lost, self._connection, self._reading = self._connection, None, False
            self._sent += lost.sent
            await self._pool.release(lost)
        if self._connection is None:
            self._connection = await self._pool.acquire()
            if self.name is not None:
                self._connection.naming = application_name(self._connection.application, *self.name)
            if self.trace is not None:
                self._connection.trace(self.trace)
        return self._connection

    def _forget_snapshot(self) -> None:
        self._reading = self._seen = False
        self._aborted_by = None

    async def _return_connection(self) -> None:
        self._forget_snapshot()
        connection, self._connection = self._connection, None
        if connection is not None:
            self._sent += connection.sent
            await self._pool.release(connection)
