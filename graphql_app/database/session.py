"""The session: owns one operation's connection and lets one statement at a time onto it.

Resolvers of one operation run concurrently; a connection cannot. Unguarded, SQLAlchemy refuses only sometimes (on a
cold pool) and may return a connection in the middle of a transaction. Here every use holds one lock, so concurrent
resolvers queue instead. The connection is taken at the first statement, and given back in :meth:`Gate.close` whatever
happened.

Reads see one snapshot: a read-only REPEATABLE READ transaction that lasts until the operation ends or writes. A write
is a transaction of its own (READ COMMITTED), committed or rolled back here and nowhere else; reads after it start a new
snapshot, so that a mutation's payload shows what was committed.

Each transaction begins with a check of the viewer: see :mod:`graphql_app.database.access`. A write is done in the
stored role. A read for a viewer of another stored role raises RoleChanged, since what is read may have been chosen by
the role: the operation has to be run again as the viewer with that role.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_app.database.access import Access, access_error
from graphql_app.database.connection import PooledConnection
from graphql_app.database.failures import ABORTED, is_retryable, retried, sqlstate
from graphql_app.database.pool import ConnectionPool
from graphql_app.database.trace import Trace
from graphql_app.database.transaction_sql import CUSTOM, GENERIC, READ
from graphql_app.errors import CommitUnknown, RoleChanged
from graphql_app.viewer import Viewer

log = structlog.get_logger()


class SessionClosed(RuntimeError):
    """The operation has ended; what still wants to read (a late batch) gets this."""


class OperationSession:
    """One operation's way to the database. ``tenant`` None sees no organization's rows."""

    def __init__(
        self,
        connections: ConnectionPool,
        tenant: UUID | None,
        trace: Trace | None = None,
        viewer: Viewer | None = None,
    ) -> None:
        self.tenant = tenant
        self.trace = trace
        self.access = Access(viewer)
        self.commit_sent = False
        """True if something was committed, or may have been: reading then shows it, whatever has become of access."""
        self.read_failed: BaseException | None = None
        self.commit_unknown = False
        """True if a COMMIT was sent of which it is unknown whether it took effect."""
        self.deadline: float | None = None
        """When reading ends with TimeoutError, by the event loop's clock."""
        self.reached = False
        """True if the database has begun a transaction of this operation."""
        self._pool = connections
        self._lock = asyncio.Lock()
        self._connection: PooledConnection | None = None
        self._reading = self._seen = False
        self._holder: asyncio.Task[object] | None = None
        self._closed = False
        self._broken_by: Exception | None = None

    async def read[T](self, work: Callable[[AsyncSession], Awaitable[T]], *, generic: bool = False) -> T:
        """Run ``work`` on the operation's snapshot, alone on the connection.

        ``generic`` says that one plan is good for all values of its statements; else PostgreSQL chooses.

        Raises GateClosed after the operation's end, and SQLAlchemy's errors. When the snapshot's first statement meets
        a lost connection or a plan made stale by a migration, nothing was seen yet and it runs once more on a new
        snapshot; later than that, the error is remembered in ``read_failed``: only the operation as a whole can be run
        again. What is read after an error that broke the snapshot raises that error, too.
        """

        planning = GENERIC if generic else ""
        return await self._alone(lambda: self._read(planning, lambda connection: work(connection.session())))

    async def fetch(self, sql: str, arguments: Sequence[Any], *, generic: bool = False, keys: int = 0) -> Sequence[Any]:
        """The rows of a statement in the driver's own form, read from the same snapshot; raises asyncpg's errors.

        ``keys`` is how many rows' children it asks for, which the trace tells.
        ``generic`` says that one plan is good for all arguments; else it is planned for these. A snapshot that begins
        with the statement says so in the same message, and later ones in one of their own where that changes.
        """

        async def send(connection: PooledConnection) -> Sequence[Any]:
            started = perf_counter()
            rows = await connection.fetch(sql, arguments)
            if self.trace is not None:
                self.trace.note(sql, keys=keys, rows=len(rows), started=started)
            return rows

        return await self._alone(lambda: self._read(GENERIC if generic else CUSTOM, send))

    async def write[T](
        self, work: Callable[[PooledConnection], Awaitable[T]], *, repeatable: bool = False, then: str = ""
    ) -> T:
        """Run ``work`` in one transaction and commit it; any exception rolls everything back and is raised.

        What it changes on rows is sent before. It is given the connection, which has a session when it needs one.
        ``work`` runs again, in a new transaction, after a deadlock, a serialization failure or a connection lost before
        COMMIT was sent: it must have no other effects than its statements. One that is ``repeatable``, since it finds
        out whether it was done before, also runs again when it is unknown whether COMMIT took effect; for others that
        raises CommitUnknown. ``then`` is what ``work`` begins with, sent together with BEGIN: ``SAVEPOINT``,
        ``LOCK_TENANT``, ``SHARE_TENANT``, or nothing.
        """

        async def step() -> T:
            if self._connection is not None and self._connection.in_session:
                await self._end_snapshot()
            self._forget_snapshot()
            result = await retried(lambda: self._attempt(work, then, commit=repeatable))
            if not repeatable:
                await self._commit_once()
            return result

        return await self._alone(step)

    async def restart(self, tenant: UUID | None) -> None:
        """Give the connection back and continue for ``tenant``: the next statement begins a new snapshot.

        For work that takes long and needs no database in between, such as hashing a password. A viewer of another
        organization is dropped.
        """

        async def step() -> None:
            await self._give_back()
            self.tenant = tenant
            viewer = self.access.viewer
            if viewer is not None and viewer.organization_id != tenant:
                self.access = Access()

        await self._alone(step)

    async def check(self) -> None:
        """Check the viewer where nothing was read or written. Raises InvalidToken and RoleChanged."""
        await self._alone(self._snapshot)

    async def close(self) -> None:
        """End what is running, roll back, and give the connection back. Nothing can be read afterwards.

        It finishes even if the caller is cancelled meanwhile, so that no connection is left behind.
        """
        self._closed = True
        await asyncio.shield(asyncio.ensure_future(self._close()))

    def release(self) -> None:
        """Close without waiting: the response need not wait until the connection was given back."""
        self._closed = True
        if self._connection is None and not self._lock.locked():
            return
        if self._connection is not None and not self._lock.locked() and self._pool.release_nowait(self._connection):
            self._connection = None
        else:
            self._pool.run_in_background(self._close())

    async def _close(self) -> None:
        if self._holder is not None:
            # a batch that outlives its resolvers: cancelled once, which also cancels its statement in PostgreSQL
            self._holder.cancel()
        async with self._lock:
            await self._give_back()

    async def _alone[T](self, step: Callable[[], Awaitable[T]]) -> T:
        async with asyncio.timeout_at(self.deadline), self._lock:
            if self._closed:
                raise SessionClosed
            self._holder = asyncio.current_task()
            try:
                return await step()
            finally:
                self._holder = None

    async def _read[T](self, planning: str, work: Callable[[PooledConnection], Awaitable[T]]) -> T:
        fresh, self._seen = not self._seen, True
        try:
            return await work(await self._snapshot(planning))
        except Exception as error:
            if sqlstate(error) == ABORTED and self._broken_by is not None:
                raise self._broken_by from None
            self._broken_by = self._broken_by or error
            if not is_retryable(error):
                raise
            if not fresh:
                self.read_failed = error
                raise
            await self._end_snapshot()
            self._seen = True
            return await work(await self._snapshot(planning))

    async def _snapshot(self, planning: str = "") -> PooledConnection:
        """The connection, in the operation's snapshot, with statements planned so."""
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
        """Commit what cannot be repeated. Raises CommitUnknown where the error leaves open whether it took effect."""
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
        """Commit, and begin the snapshot that the payload is read from, which is nearly always by key."""
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
        """The operation's connection, taken from the pool when there is none, or when it was lost."""
        if self._connection is not None and self._connection.lost:
            lost, self._connection, self._reading = self._connection, None, False
            await self._pool.release(lost)
        if self._connection is None:
            self._connection = await self._pool.acquire()
        return self._connection

    def _forget_snapshot(self) -> None:
        self._reading = self._seen = False
        self._broken_by = None

    async def _end_snapshot(self) -> None:
        self._forget_snapshot()
        if self._connection is not None:
            await self._connection.rollback()

    async def _give_back(self) -> None:
        self._forget_snapshot()
        connection, self._connection = self._connection, None
        if connection is not None:
            await self._pool.release(connection)
