"""One connection of the pool, and the transaction on it.

BEGIN, COMMIT and ROLLBACK are sent to the driver itself. SQLAlchemy wraps the same connection in AUTOCOMMIT mode, so
that it begins and ends nothing: statements of the driver and of a session run in the same transaction. Most reads need
no session, and pay for none.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Self
from uuid import UUID

import asyncpg
from asyncpg import InterfaceError, PostgresError
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from graphql_app.database.failures import ABORTED, as_of_session, as_uncommitted, sqlstate
from graphql_app.database.rows import TransactionRows
from graphql_app.database.transaction_sql import AUTO, LOCK_TENANT, READ, SAVEPOINT, SHARE_TENANT, Savepoints, beginning
from graphql_app.sql.compiled import Compiled, compile_statement

type Driver = asyncpg.Connection[Any]
SetUp = Callable[[Driver], Awaitable[None]]
"""Prepares a connection that was opened."""
PROBE = AUTO
"""Fails in a transaction in which a statement has failed; COMMIT alone would roll back and call it a success."""
LOCKS = {lock: compile_statement(text(lock.removeprefix("; "))) for lock in (LOCK_TENANT, SHARE_TENANT)}
CLOSE_SECONDS = 2.0
"""How long a connection is given to end its statement and say goodbye, before it is aborted."""


class PooledConnection:
    """A connection with its transaction. Use it in turn, never from concurrent tasks: a session's lock ensures that."""

    def __init__(self, connection: AsyncConnection, driver: Driver, watchers: Sequence[Callable[[str], None]]) -> None:
        self.driver = driver
        self.begun = False
        """True if a transaction may be open, also when it is unknown how far its BEGIN came."""
        self.lost = False
        """True if an error has shown that the connection is closed, or cannot be used any more."""
        self.sent = 0
        """How many statements were sent."""
        self.is_last = False
        """Whether nothing is expected to be read after the transaction's commit."""
        self.opened_at = self.returned_at = time.monotonic()
        self._connection = connection
        self._watchers = watchers
        self._mode = self._planning = self._tenant_lock = ""
        self._undisturbed = False
        self._session: AsyncSession | None = None
        self.rows = TransactionRows(self)
        self._savepoints = Savepoints()
        event.listen(connection.sync_connection, "rollback", self._session_rolled_back)
        event.listen(connection.sync_connection, "commit", _refuse_commit)
        event.listen(connection.sync_connection, "before_cursor_execute", self._session_sends)

    @classmethod
    async def open(cls, engine: AsyncEngine, set_up: SetUp, watchers: Sequence[Callable[[str], None]]) -> Self:
        """Open a connection. Raises what connecting raises; ConnectionResetError if it breaks meanwhile."""
        try:
            connection = await engine.connect()
        except DBAPIError as error:
            if sqlstate(error) is None:  # of the driver, about its own state
                raise ConnectionResetError("The connection to the database broke while it was opened.") from error
            raise
        try:
            driver = (await connection.get_raw_connection()).driver_connection
            assert isinstance(driver, asyncpg.Connection)
            await set_up(driver)
        except BaseException:
            await connection.close()
            raise
        return cls(connection, driver, watchers)

    async def close(self) -> None:
        """Close the connection; a statement that still runs is cancelled in PostgreSQL."""
        with suppress(Exception):
            await self.driver.close(timeout=CLOSE_SECONDS)
        with suppress(Exception):
            await self._connection.close()

    @property
    def is_usable(self) -> bool:
        """True if the connection is open, as far as is known."""
        return not (self.lost or self.driver.is_closed())

    @property
    def is_clean(self) -> bool:
        """True if the connection is open and outside of any transaction."""
        return self.is_usable and not (self.begun or self.driver.is_in_transaction())

    @property
    def is_resumable(self) -> bool:
        """True if the next borrower may end the transaction with its own BEGIN: nothing but reading happened in it."""
        return self._undisturbed and self._mode == READ and self.is_usable

    def release(self) -> None:
        """Forget the borrower: the next one has to begin a transaction before it sends anything."""
        self._mode, self.sent, self.returned_at = "", 0, time.monotonic()

    async def begin(self, mode: str, tenant: UUID | None, planning: str = "", check: str = "", then: str = "") -> None:
        """Begin a transaction, ``READ`` or ``WRITE``, in which statements are planned so; end one that is open before.

        ``check`` raises when it must not begin; ``then`` is ``SAVEPOINT``, ``LOCK_TENANT``, ``SHARE_TENANT``, or empty.
        A session has to be ended by ``rollback`` first.
        """
        assert self._session is None
        end = "ROLLBACK; " if self.begun or self.driver.is_in_transaction() else ""
        self.begun = True
        await self._execute(end + beginning(mode, tenant, planning, check) + then)
        self._began(mode, planning)
        self._tenant_lock = then
        if then == SAVEPOINT:
            self._savepoints.stand(self.sent, depth=1)

    def _began(self, mode: str, planning: str) -> None:
        self._mode, self._planning, self._undisturbed, self.is_last = mode, planning, True, False
        self._savepoints = Savepoints()

    async def fetch(self, sql: str, arguments: Sequence[Any]) -> Sequence[Any]:
        """The rows of a statement in the driver's own form. Raises asyncpg's errors, or ConnectionResetError."""
        self._watched(sql)
        if not self._mode:
            raise RuntimeError("A statement needs a transaction of its own borrower: begin first.")
        try:
            rows: Sequence[Any] = await self.driver.fetch(sql, *arguments)
        except BaseException as error:
            self._notice(error)
            raise
        return rows

    async def send(self, statement: Compiled, values: Mapping[str, Any]) -> Sequence[Any]:
        """Return the driver's records. Raises what a session would: IntegrityError for a broken constraint."""
        try:
            return await self.fetch(statement.sql, statement.arguments(values))
        except (PostgresError, InterfaceError) as error:
            raise as_of_session(error, statement.sql) from error

    async def lock_tenant(self, lock: str) -> None:
        """Get ``LOCK_TENANT`` or ``SHARE_TENANT``, if it is not held yet. Raises what a session would."""
        if self._tenant_lock not in (lock, LOCK_TENANT):
            await self.send(LOCKS[lock], {})
            self._tenant_lock = "" if self.in_savepoint else lock  # a savepoint would give the lock up with it

    async def plan(self, planning: str) -> None:
        """Have the statements that follow planned so, if they are not already; "" leaves it to PostgreSQL."""
        if self._planning != planning:
            await self._execute(planning or AUTO)
            self._planning = planning

    @property
    def in_session(self) -> bool:
        """True if there is a session in the transaction."""
        return self._session is not None

    def session(self) -> AsyncSession:
        """A session in this transaction, the same one until it is ended."""
        if self._session is None:
            self._session = AsyncSession(self._connection, expire_on_commit=False, autoflush=False)
            self._undisturbed = False
            self.rows.join(self._session)
        return self._session

    @property
    def in_savepoint(self) -> bool:
        """True inside a savepoint."""
        return self._savepoints.depth > 0 or (self._session is not None and self._session.in_nested_transaction())

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undo what was sent inside, and what was changed on rows, if an exception leaves it.

        Without an exception, it stays set until the transaction ends, or until another one takes its place: to release
        it would cost a message.
        """
        await self.rows.flush()
        if self._session is not None:
            async with self._nested(self._session):
                yield
            return
        rows, points = self.rows.saved(), self._savepoints
        points.depth += 1
        try:
            await self._keep_savepoints(points.setting(self.sent))
            yield
            await self.rows.flush()
        except Exception:
            if self.begun and self.is_usable:
                undone = self.rows.saved()
                await self._end_session()
                await self._keep_savepoints(points.undoing(self.sent))
                self.rows.restore(rows, undone)
            raise
        finally:
            points.depth -= 1

    @asynccontextmanager
    async def _nested(self, session: AsyncSession) -> AsyncIterator[None]:
        """Let a session undo what it has changed; rows that it has got inside are no longer its own then."""
        before = set(session)
        try:
            async with session.begin_nested():
                await session.connection()  # else the savepoint waits for the session's next statement
                yield
                await self.rows.flush()
        except BaseException:
            for row in [row for row in session if row not in before]:
                session.expunge(row)
            raise

    async def _keep_savepoints(self, sql: str) -> None:
        if sql:
            self._watched(sql)
            await self._execute(sql)
            self._savepoints.stand(self.sent)

    async def commit(self, mode: str, tenant: UUID | None, planning: str = "", check: str = "") -> PostgresError | None:
        """Commit what the session has flushed, and begin as ``begin`` does in the same message, unless it ``is_last``.

        Raises what keeps it from being committed; then it is rolled back. When the beginning alone fails, nothing is
        begun, the commit is a success, and the error is returned. Raises ConnectionResetError when it cannot be known
        which of them failed.
        """
        if not self.begun or self.in_savepoint:
            raise RuntimeError("The transaction was ended, or a savepoint left open, before the commit.")
        await self._end_session()
        self._undisturbed = False
        is_last, following = self.is_last, f"; {beginning(mode, tenant, planning, check)}"
        try:
            await self._execute(f"{PROBE}; COMMIT{'' if is_last else following}")
            self._began(mode, planning)
            self.begun = not is_last
        except PostgresError as error:
            if error.sqlstate == ABORTED:
                raise RuntimeError("The error of a statement was passed over: there is nothing to commit.") from error
            if not self.driver.is_in_transaction():
                raise as_uncommitted(error) from error
            # a commit that fails leaves no transaction: this is the next one
            await self.rollback()
            return error
        return None

    async def rollback(self) -> None:
        """End the session and the transaction, if any. A connection that cannot even do that is discarded."""
        await self._end_session()
        if self.begun and not self.lost:
            try:
                await self.driver.execute("ROLLBACK")
            except Exception:
                self.lost = True
        self.begun = self._undisturbed = False

    def _watched(self, sql: str) -> None:
        self.sent += 1
        for watcher in self._watchers:
            watcher(sql)

    def _session_sends(self, *_: object) -> None:
        self.sent += 1

    async def _execute(self, sql: str) -> None:
        try:
            await self.driver.execute(sql)
        except BaseException as error:
            self._notice(error)
            raise

    def _notice(self, error: BaseException) -> None:
        """Raise ConnectionResetError if the connection is closed: the driver has many errors for that."""
        self._undisturbed = False
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
        # in AUTOCOMMIT mode the end of its transaction sends nothing and waits for nothing
        session.sync_session.close()
        self.lost |= self._connection.invalidated

    def _session_rolled_back(self, connection: Connection) -> None:
        """Roll back for a session whose flush failed, or that a rule rolled back: nothing of it may be committed."""
        if self._session is not None and self.is_usable:
            adapted: Any = connection.connection.dbapi_connection
            undo = self._savepoints.undoing(-1)
            adapted.run_async(lambda _: self._execute(undo or "ROLLBACK"))
            self.begun = bool(undo)  # not before: a ROLLBACK that is cancelled may leave the transaction open


def _refuse_commit(_: object) -> None:
    raise RuntimeError("A transaction is committed by the session.")
