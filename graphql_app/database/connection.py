"""Connection of the pool and its transaction.

The driver sends BEGIN, COMMIT and ROLLBACK. SQLAlchemy wraps the same connection in AUTOCOMMIT mode, so it begins and
ends no transactions: statements of the driver and of a session run in the same transaction. Most reads use no session.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import cast
from uuid import UUID

import asyncpg
from asyncpg import InterfaceError, PostgresError, Record
from sqlalchemy import AdaptedConnection, Connection, event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from graphql_app.database.errors import ABORTED, as_of_session, as_uncommitted, is_of_events
from graphql_app.database.rows import IdentityMap
from graphql_app.database.trace import StatementTrace
from graphql_app.database.transaction_sql import AUTO, LOCK_TENANT, READ, SAVEPOINT, SHARE_TENANT, Savepoints, beginning
from graphql_app.sql.compiled import Compiled, compile_statement
from graphql_app.telemetry.operation_trace import OperationTrace
from graphql_app.telemetry.tracing import statement_span

type Driver = asyncpg.Connection[Record]
SetUp = Callable[[Driver], Awaitable[None]]
"""Prepares a new connection."""
PROBE = AUTO
"""Fails in an aborted transaction, which COMMIT alone would roll back without an error."""
LOCKS = {lock: compile_statement(text(lock.removeprefix("; "))) for lock in (LOCK_TENANT, SHARE_TENANT)}
CLOSE_SECONDS = 2.0
"""Time limit for closing a connection, after which it is aborted."""


class PooledConnection:
    """Connection with its transaction. It must not be used concurrently, which the lock of a session ensures."""

    def __init__(self, connection: AsyncConnection, driver: Driver, watchers: Sequence[Callable[[str], None]]) -> None:
        self.driver, self.application = driver, getattr(driver.get_settings(), "application_name", "workline")
        self.begun = False
        """True if a transaction may be open, including after a failed BEGIN."""
        self.lost = False
        """True if an error has shown that the connection is closed or unusable."""
        self.sent = 0
        """Number of statements sent."""
        self.is_last = False
        """True if no read is expected after the commit."""
        self.announcements: set[str] = set()
        """Channels on which the commit is announced."""
        self.announce: Callable[[str], None] = lambda _: None
        self.opened_at = self.returned_at = time.monotonic()
        self._connection, self._watchers = connection, watchers
        self._mode = self._planning = self._tenant_lock = self.naming = ""
        self._session: AsyncSession | None = None
        self._trace: StatementTrace | None = None
        self.rows, self._savepoints, self._only_read = IdentityMap(self), Savepoints(), False
        event.listen(connection.sync_connection, "rollback", self._session_rolled_back)
        event.listen(connection.sync_connection, "commit", _refuse_commit)
        event.listen(connection.sync_connection, "before_cursor_execute", self._session_sends)

    async def close(self) -> None:
        """Close the connection, and cancel a running statement in PostgreSQL."""
        with suppress(Exception):
            await self.driver.close(timeout=CLOSE_SECONDS)
        with suppress(Exception):
            await self._connection.close()

    @property
    def is_usable(self) -> bool:
        """True if the connection is not known to be closed."""
        return not (self.lost or self.driver.is_closed())

    @property
    def is_clean(self) -> bool:
        """True if the connection is usable and outside any transaction."""
        return self.is_usable and not (self.begun or self.driver.is_in_transaction())

    @property
    def is_resumable(self) -> bool:
        """True if the next borrower may end the transaction with its own BEGIN: the transaction was read-only."""
        return self._only_read and self._mode == READ and self.is_usable

    def release(self) -> None:
        """End the use by the borrower. The next one must begin a transaction before it sends statements."""
        self._mode, self.naming, self.sent, self.returned_at = "", "", 0, time.monotonic()
        if self._trace is not None:
            self._trace.stop()
            self._trace = None

    def trace(self, trace: OperationTrace) -> None:
        """Add the statements to ``trace`` until the connection is released."""
        assert self._connection.sync_connection is not None
        self._trace = StatementTrace(trace, self._connection.sync_connection)

    async def begin(self, mode: str, tenant: UUID | None, planning: str = "", check: str = "", then: str = "") -> None:
        """End an open transaction, and begin a ``READ`` or ``WRITE`` one with the plan cache mode ``planning``.

        The SQL ``check`` raises an error to prevent it. ``then`` is ``SAVEPOINT``, a lock of the tenant, or empty.
        """
        assert self._session is None
        end = "ROLLBACK; " if self.begun or self.driver.is_in_transaction() else ""
        self.begun = True
        await self._execute(end + beginning(mode, tenant, planning, check, self.naming) + then)
        self._began(mode, planning)
        self._tenant_lock = then
        if then == SAVEPOINT:
            self._savepoints.record(self.sent, depth=1)

    def _began(self, mode: str, planning: str) -> None:
        self._mode, self._planning, self._only_read, self.is_last = mode, planning, True, False
        self._savepoints, self.announcements = Savepoints(), set()

    async def fetch(self, sql: str, arguments: Sequence[object], keys: int = 0) -> list[Record]:
        """Return the records of a statement, for ``keys`` parents. Raises asyncpg's errors, or ConnectionResetError."""
        self._watched(sql)
        if not self._mode:
            raise RuntimeError("The borrower of the connection has no transaction: begin first.")
        try:
            with statement_span(sql, keys):
                if self._trace is not None:
                    return await self._trace.fetch(self.driver, sql, arguments, keys, reads=self._mode == READ)
                return await self.driver.fetch(sql, *arguments)
        except BaseException as error:
            self._check_lost(error)
            raise

    async def send(self, statement: Compiled, values: Mapping[str, object]) -> list[Record]:
        """Return the records of a statement. Raises SQLAlchemy's errors: IntegrityError for a violated constraint."""
        try:
            return await self.fetch(statement.sql, statement.arguments(values))
        except (PostgresError, InterfaceError) as error:
            raise as_of_session(error, statement.sql) from error

    async def lock_tenant(self, lock: str) -> None:
        """Acquire ``LOCK_TENANT`` or ``SHARE_TENANT``, unless it is held. Raises SQLAlchemy's errors."""
        if self._tenant_lock not in (lock, LOCK_TENANT):
            await self.send(LOCKS[lock], {})
            self._tenant_lock = "" if self.in_savepoint else lock  # a rollback to the savepoint releases the lock

    async def plan(self, planning: str) -> None:
        """Set the plan cache mode of the following statements; "" is ``AUTO``."""
        if self._planning != planning:
            await self._execute(planning or AUTO)
            self._planning = planning

    @property
    def in_session(self) -> bool:
        """True if the transaction has a session."""
        return self._session is not None

    def session(self) -> AsyncSession:
        """Return the session of this transaction, which is created once."""
        if self._session is None:
            self._session = AsyncSession(self._connection, expire_on_commit=False, autoflush=False)
            self._only_read = False
            self.rows.join(self._session)
        return self._session

    @property
    def in_savepoint(self) -> bool:
        """True inside a savepoint."""
        return self._savepoints.depth > 0 or (self._session is not None and self._session.in_nested_transaction())

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Roll back the statements of the block, and changes of row objects, if it raises an exception.

        Otherwise the savepoint stays set until the transaction ends or another savepoint replaces it: a release would
        cost a round trip.
        """
        await self.rows.flush()
        if self._session is not None:
            async with self._nested(self._session):
                yield
            return
        rows, points = self.rows.saved(), self._savepoints
        points.depth += 1
        try:
            await self._send_savepoint(points.set_sql(self.sent))
            yield
            await self.rows.flush()
        except Exception:
            if self.begun and self.is_usable:
                undone = self.rows.saved()
                await self._end_session()
                await self._send_savepoint(points.rollback_sql(self.sent))
                self.rows.restore(rows, undone)
            raise
        finally:
            points.depth -= 1

    @asynccontextmanager
    async def _nested(self, session: AsyncSession) -> AsyncIterator[None]:
        """Roll back to a savepoint of the session after an exception, and remove rows that the block added to it."""
        before = set(session)
        try:
            async with session.begin_nested():
                await session.connection()  # otherwise the savepoint is set with the session's next statement
                yield
                await self.rows.flush()
        except BaseException:
            for row in [row for row in session if row not in before]:
                session.expunge(row)
            raise

    async def _send_savepoint(self, sql: str) -> None:
        if sql:
            self._watched(sql)
            await self._execute(sql)
            self._savepoints.record(self.sent)

    async def commit(self, mode: str, tenant: UUID | None, planning: str = "", check: str = "") -> PostgresError | None:
        """Commit, and in the same message begin the next transaction as ``begin`` does, unless this one ``is_last``.

        Raises the error of a failed commit, after a rollback. If only the beginning fails, the commit is a success and
        the error is returned. Raises ConnectionResetError if it is unknown which of them failed.
        """
        if not self.begun or self.in_savepoint:
            raise RuntimeError("The transaction has ended, or a savepoint is open, before the commit.")
        events, self._only_read = self.rows.changes.statement(), False
        await self._end_session()
        is_last, following = self.is_last, f"; {beginning(mode, tenant, planning, check, self.naming)}"
        try:
            await self._execute(f"{events}{PROBE}; COMMIT{'' if is_last else following}")
            announced = self.announcements
            self._began(mode, planning)
            self.begun = not is_last
        except PostgresError as error:
            if error.sqlstate == ABORTED:
                raise RuntimeError(
                    "A statement has failed and its error was ignored: the transaction cannot be committed."
                ) from error
            if not self.driver.is_in_transaction() or is_of_events(error):
                raise as_uncommitted(error) from error
            # a failed commit leaves no transaction: this is the next one
            await self.rollback()
            return error
        for channel in announced:
            self.announce(channel)
        return None

    async def rollback(self) -> None:
        """End the session and the transaction, if any. A connection on which this fails is lost."""
        await self._end_session()
        if self.begun and not self.lost:
            try:
                await self.driver.execute("ROLLBACK")
            except Exception:
                self.lost = True
        self.begun = self._only_read = False

    def _watched(self, sql: str) -> None:
        self.sent += 1
        for watcher in self._watchers:
            watcher(sql)

    def _session_sends(self, *_: object) -> None:
        self.sent += 1

    async def _execute(self, sql: str) -> None:
        try:
            with statement_span(sql):
                await self.driver.execute(sql)
        except BaseException as error:
            self._check_lost(error)
            raise

    def _check_lost(self, error: BaseException) -> None:
        """Raise ConnectionResetError if the connection is closed, which the driver reports by many errors."""
        self._only_read = False
        if isinstance(error, Exception) and self.driver.is_closed():
            self.lost = True
            raise ConnectionResetError("The connection to the database was lost.") from error

    async def _end_session(self) -> None:
        session, self._session = self._session, None
        self.rows.forget()
        if session is None:
            return
        if session.in_nested_transaction() or self._connection.invalidated:
            with suppress(Exception):
                await session.close()
        # in AUTOCOMMIT mode the end of its transaction sends no statement
        session.sync_session.close()
        self.lost |= self._connection.invalidated

    def _session_rolled_back(self, connection: Connection) -> None:
        """Roll back after a session's failed flush, or a rollback by a rule: no part of it may be committed."""
        if self._session is not None and self.is_usable:
            undo = self._savepoints.rollback_sql(-1)
            cast(AdaptedConnection, connection.connection.dbapi_connection).run_async(
                lambda _: self._execute(undo or "ROLLBACK")
            )
            self.begun = bool(undo)  # afterwards: a cancelled ROLLBACK may leave the transaction open


def _refuse_commit(_: object) -> None:
    raise RuntimeError("A transaction is committed by the session of the operation.")
