"""The gate: owns one operation's connection and lets one statement at a time onto it.

Resolvers of one operation run concurrently; a connection cannot. Unguarded, SQLAlchemy refuses only sometimes (on a
cold pool) and may return a connection in the middle of a transaction. Here every use holds one lock, so concurrent
resolvers queue instead. The connection is taken at the first statement, and given back in :meth:`Gate.close` whatever
happened.

Reads see one snapshot: a read-only REPEATABLE READ transaction that lasts until the operation ends or writes. A write
is a transaction of its own (READ COMMITTED), committed or rolled back here and nowhere else; reads after it start a new
snapshot, so that a mutation's payload shows what was committed.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from graphql_app.database.connections import Connections
from graphql_app.database.driver import begin, end, noticing_loss
from graphql_app.database.failures import ABORTED, is_retryable, sqlstate
from graphql_app.database.tenancy import set_tenant
from graphql_app.database.trace import Trace

SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
CHANGE = {"isolation_level": "READ COMMITTED", "postgresql_readonly": False}
ATTEMPTS = 4
"""How often a write is tried in all before its error is reported."""


class GateClosed(RuntimeError):
    """The operation has ended; what still wants to read (a late batch) gets this."""


class Gate:
    """One operation's way to the database. ``tenant`` None sees no organization's rows."""

    def __init__(self, connections: Connections, tenant: UUID | None, trace: Trace | None = None) -> None:
        self.tenant = tenant
        self.trace = trace
        self.read_failed: BaseException | None = None
        self._connections = connections
        self._lock = asyncio.Lock()
        self._connection: AsyncConnection | None = None
        self._reading = False
        self._session: AsyncSession | None = None
        self._holder: asyncio.Task[object] | None = None
        self._closed = False
        self._broken_by: Exception | None = None

    async def read[T](self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run ``work`` on the operation's snapshot, alone on the connection.

        Raises GateClosed after the operation's end, and SQLAlchemy's errors. When the snapshot's first statement meets
        a lost connection or a plan made stale by a migration, nothing was seen yet and it runs once more on a new
        snapshot; later than that, the error is remembered in ``read_failed``: only the operation as a whole can be run
        again. What is read after an error that broke the snapshot raises that error, too.
        """

        async def step(connection: AsyncConnection) -> T:
            if self._session is None:
                self._session = _session(connection)
            return await work(self._session)

        return await self._in_snapshot(step)

    async def fetch(self, sql: str, arguments: Sequence[Any], *, generic: bool = False, keys: int = 0) -> Sequence[Any]:
        """The rows of a statement in the driver's own form, read from the same snapshot; raises asyncpg's errors.

        ``keys`` is how many rows' children it asks for, which the trace tells.
        ``generic`` says that one plan is good for all arguments. A snapshot that begins with such a statement asks for
        generic plans in the same message, and takes that back before the first statement that wants its own.
        """

        async def step(connection: AsyncConnection) -> Sequence[Any]:
            for watcher in self._connections.watchers:
                watcher(sql)
            async with noticing_loss(connection):
                driver = await begin(connection, generic=generic)
                started = perf_counter()
                rows: Sequence[Any] = await driver.fetch(sql, *arguments)
            if self.trace is not None:
                self.trace.note(sql, keys=keys, rows=len(rows), started=started)
            return rows

        return await self._in_snapshot(step)

    async def _in_snapshot[T](self, step: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        async with self._held():
            fresh = not self._reading
            try:
                return await step(await self._snapshot())
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
                return await step(await self._snapshot())

    async def _snapshot(self) -> AsyncConnection:
        """The connection, in the operation's snapshot; BEGIN and the tenant are sent with its first statement."""
        connection = await self._connected()
        if not self._reading:
            await connection.execution_options(**SNAPSHOT)
            self._reading = True
        return connection

    async def write[T](self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run ``work`` in one transaction and commit it; any exception rolls everything back and is raised.

        ``work`` runs again, in a new transaction, after a deadlock, a serialization failure or a connection lost before
        COMMIT was sent: it must have no other effects than its statements.
        """
        async with self._held():
            await self._end_snapshot()
            async for attempt in _attempts():
                with attempt:
                    session = await self._run(work)
            return await self._commit(*session)

    async def _run[T](self, work: Callable[[AsyncSession], Awaitable[T]]) -> tuple[AsyncSession, T]:
        connection = await self._connected()
        await connection.execution_options(**CHANGE)
        session = _session(connection)
        try:
            result = await work(session)
            await session.flush()
        except BaseException:
            await self._abandon(session)
            raise
        return session, result

    async def _commit[T](self, session: AsyncSession, result: T) -> T:
        try:
            await session.commit()
        except BaseException:
            await self._abandon(session)
            raise
        await session.close()
        return result

    async def restart(self, tenant: UUID | None) -> None:
        """Give the connection back and go on as ``tenant``: what comes next begins a new snapshot.

        For work that takes long and needs no database in between, such as hashing a password.
        """
        async with self._held():
            await self._release()
            self.tenant = tenant

    async def close(self) -> None:
        """End what is running, roll back, and give the connection back. Nothing can be read afterwards.

        It finishes even if the caller is cancelled meanwhile, so that no connection is left behind.
        """
        self._closed = True
        await asyncio.shield(asyncio.ensure_future(self._close()))

    async def _close(self) -> None:
        if self._holder is not None:
            # a batch that outlives its resolvers: cancelled once, which also cancels its statement in PostgreSQL
            self._holder.cancel()
        async with self._lock:
            await self._release()

    @asynccontextmanager
    async def _held(self) -> AsyncIterator[None]:
        async with self._lock:
            if self._closed:
                raise GateClosed
            self._holder = asyncio.current_task()
            try:
                yield
            finally:
                self._holder = None

    async def _connected(self) -> AsyncConnection:
        """The operation's connection, taken from the pool when there is none, or when it was lost."""
        if self._connection is not None and self._connection.invalidated:
            await self._connection.close()
            self._connection = None
        if self._connection is None:
            self._connection = await self._connections.engine.connect()
            set_tenant(self._connection, self.tenant)
        return self._connection

    async def _release(self) -> None:
        await self._end_snapshot()
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _end_snapshot(self) -> None:
        self._reading = False
        self._broken_by = None
        if self._session is not None:
            await self._abandon(self._session)
            self._session = None
        if self._connection is not None:
            await end(self._connection)

    @staticmethod
    async def _abandon(session: AsyncSession) -> None:
        """Roll back and forget the session. A connection that cannot even roll back is dropped by the pool."""
        try:
            await session.close()
        except Exception:
            await session.invalidate()


def _session(connection: AsyncConnection) -> AsyncSession:
    return AsyncSession(connection, expire_on_commit=False, autoflush=False)


def _attempts() -> AsyncRetrying:
    return AsyncRetrying(
        retry=retry_if_exception(is_retryable),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.02, max=0.5),
        reraise=True,
    )
