"""A lease: one connection that a gate has borrowed from the pool, and the transaction on it.

BEGIN, COMMIT and ROLLBACK are sent to the driver itself. SQLAlchemy is told of the transaction only while a session is
in use, and is then made to believe that it has begun it: statements of the driver and of the session run in the same
one. Most reads never want a session, and pay for none.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from asyncpg import PostgresError
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.util import greenlet_spawn

from graphql_app.database.failures import ABORTED, CANCELLED, as_of_session
from graphql_app.database.held import Held
from graphql_app.database.lending import Borrowed, Lending
from graphql_app.database.planning import AUTO
from graphql_app.database.transactions import READ, beginning

PROBE = AUTO
"""Fails in a transaction in which a statement has failed; COMMIT alone would roll back and call it a success."""


class Lease:
    """Use it in turn, never from concurrent tasks: the gate's lock sees to that."""

    def __init__(
        self, engine: AsyncEngine, lending: Lending, borrowed: Borrowed, watchers: Sequence[Callable[[str], None]]
    ) -> None:
        self.begun = False
        """Whether a transaction may be open, also when nobody knows how far its BEGIN came."""
        self.sent = 0
        """How many statements were sent, those of a session aside."""
        self.is_last = False
        """Whether nothing is expected to be read after the transaction's commit."""
        self.driver = borrowed.driver
        self._engine = engine
        self._lending = lending
        self._borrowed = borrowed
        self._watchers = watchers
        self._adapter = borrowed.adapter
        self._mode = self._planning = ""
        self._undisturbed = False
        self._session: AsyncSession | None = None
        self._held = Held()

    @property
    def lost(self) -> bool:
        """Whether the connection was closed or dropped: there is nothing to end or to return."""
        return self._borrowed.dropped

    async def begin(self, mode: str, tenant: UUID | None, planning: str = "", check: str = "") -> None:
        """Begin a transaction, ``READ`` or ``WRITE``, in which statements are planned so; end one that is open before.

        ``check`` is a statement that raises when it must not begin. A session has to be ended by ``rollback`` first.
        """
        assert self._session is None
        end = "ROLLBACK; " if self.begun or self._borrowed.is_open else ""
        self.begun, self._borrowed.is_open = True, False
        await self._execute(end + beginning(mode, tenant, planning, check))
        self._began(mode, planning)

    def _began(self, mode: str, planning: str) -> None:
        self._mode, self._planning, self._undisturbed, self.is_last = mode, planning, True, False

    async def fetch(self, sql: str, arguments: Sequence[Any]) -> Sequence[Any]:
        """The rows of a statement in the driver's own form. Raises asyncpg's errors, or ConnectionResetError."""
        self.sent += 1
        for watcher in self._watchers:
            watcher(sql)
        if self._borrowed.is_open:
            raise RuntimeError("The snapshot of somebody else is still open: begin first.")
        try:
            rows: Sequence[Any] = await self.driver.fetch(sql, *arguments)
        except BaseException as error:
            await self._notice(error)
            raise
        return rows

    async def plan(self, planning: str) -> None:
        """Have the statements that follow planned so, if they are not already; "" leaves it to PostgreSQL."""
        if self._planning != planning:
            await self._execute(planning or AUTO)
            self._planning = planning

    @property
    def in_session(self) -> bool:
        """Whether there is a session that knows of the transaction."""
        return self._session is not None

    def session(self) -> AsyncSession:
        """A session in this transaction, the same one until it is ended."""
        if self._session is None:
            connection = AsyncConnection(self._engine, Connection(self._engine.sync_engine, self._borrowed.proxy))
            self._session = AsyncSession(connection, expire_on_commit=False, autoflush=False)
            self._adapter._transaction = _Begun(self)
            self._undisturbed = False
            self._held.join(self._session)
        return self._session

    @property
    def in_savepoint(self) -> bool:
        """Whether a session is inside a savepoint."""
        return self._session is not None and self._session.in_nested_transaction()

    def knows(self, key: Any) -> bool:
        """Whether the row of this identity key was read or written before."""
        return key in self._held if self._session is None else self._session.identity_map.get(key) is not None

    def keep(self, row: object) -> None:
        """Hold a row for a session, which takes it as loaded; one that there is takes it at once."""
        if self._session is None:
            self._held.keep(row)
        else:
            self._session.add(row)

    @property
    def is_unsent(self) -> bool:
        """Whether a session has something to flush, or would have."""
        session = self._session
        return self._held.is_changed if session is None else bool(session.new or session.dirty or session.deleted)

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
                raise _uncommitted(error) from error
            # a commit that fails leaves no transaction: this is the next one
            await self.rollback()
            return error
        return None

    async def rollback(self) -> None:
        """End the session and the transaction, if any. A connection that cannot even do that is dropped."""
        await self._end_session()
        if (self.begun or self._borrowed.is_open) and not self.lost:
            try:
                await self.driver.execute("ROLLBACK")
            except Exception as error:
                await self._drop(error)
        self.begun = self._borrowed.is_open = False

    def rest(self) -> bool:
        """Give the connection back as it is, with a snapshot in which nothing has happened but reading, or none.

        Returns False when it has to be given back the long way.
        """
        if not self._undisturbed or self._mode != READ or self.lost:
            return False
        return self._lending.rest(self._borrowed, is_open=self.begun)

    async def give_back(self) -> None:
        """Roll back, and return the connection to its pool, which looks whether it is clean."""
        try:
            await self.rollback()
        finally:
            await self._lending.put_back(self._borrowed)

    async def _execute(self, sql: str) -> None:
        try:
            await self.driver.execute(sql)
        except BaseException as error:
            await self._notice(error)
            raise

    async def _notice(self, error: BaseException) -> None:
        """Raises ConnectionResetError for any error on a connection that turns out to be closed.

        The driver has many words for that, some of them about its own state; SQLAlchemy, which would know, is not
        asked.
        """
        self._undisturbed = False
        if isinstance(error, Exception) and self.driver.is_closed():
            await self._drop(error)
            raise ConnectionResetError("The connection to the database was lost.") from error

    async def _drop(self, error: Exception) -> None:
        if not self.lost:
            await greenlet_spawn(self._borrowed.proxy.invalidate, error)

    async def _end_session(self) -> None:
        session, self._session = self._session, None
        self._held.forget()
        if session is None:
            return
        if self.lost or session.in_nested_transaction() or not isinstance(self._adapter._transaction, _Begun):
            await self._abandon(session)
        # without a transaction to end, closing sends nothing and waits for nothing
        self._adapter._transaction = None
        session.sync_session.close()

    @staticmethod
    async def _abandon(session: AsyncSession) -> None:
        """Leave it to SQLAlchemy to end what only SQLAlchemy knows of, and to return the connection to the pool."""
        with suppress(Exception):
            await session.close()
        with suppress(Exception):
            await session.bind.close()  # type: ignore[union-attr]


def _uncommitted(error: PostgresError) -> Exception:
    """What an error means that leaves no transaction. A commit that takes too long may be done all the same.

    PostgreSQL asks whether a statement was cancelled once its commit is written, too: before the one that follows.
    """
    if error.sqlstate == CANCELLED:
        return ConnectionResetError("It was cancelled while it was committed, or just after.")
    return as_of_session(error, "COMMIT")


class _Begun:
    """What SQLAlchemy's adapter holds in place of asyncpg's transaction. It ends with a lease, not by a session."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def commit(self) -> None:
        raise RuntimeError("A transaction is committed by the gate.")

    async def rollback(self) -> None:
        """A flush that fails rolls back by itself."""
        await self._lease._execute("ROLLBACK")
        self._lease.begun = False
