"""Statements of traced operations, with PostgreSQL's plans on request."""

from collections.abc import Sequence
from time import perf_counter
from typing import Any

import asyncpg
from asyncpg import Record
from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPICursor

from graphql_app.telemetry.operation_trace import OperationTrace

EXPLAIN = "EXPLAIN "
ANALYZE = "EXPLAIN (ANALYZE, BUFFERS) "
"""Executes the statement: https://www.postgresql.org/docs/current/sql-explain.html."""


class StatementTrace:
    """Adds the statements of a connection to the trace of the operation that uses it."""

    def __init__(self, trace: OperationTrace, connection: Connection) -> None:
        self._trace, self._connection = trace, connection
        self._started = 0.0
        event.listen(connection, "before_cursor_execute", self._session_begins)
        event.listen(connection, "after_cursor_execute", self._session_ends)

    def stop(self) -> None:
        """Add no more statements."""
        event.remove(self._connection, "before_cursor_execute", self._session_begins)
        event.remove(self._connection, "after_cursor_execute", self._session_ends)

    async def fetch(
        self, driver: "asyncpg.Connection[Record]", sql: str, arguments: Sequence[object], keys: int, *, reads: bool
    ) -> list[Record]:
        """Send a statement and return its records. One that ``reads`` may be executed again for its plan."""
        started = perf_counter()
        rows = await driver.fetch(sql, *arguments)
        times, lines = self._trace.times(started), []
        if self._trace.explains:
            lines = [str(row[0]) for row in await driver.fetch((ANALYZE if reads else EXPLAIN) + sql, *arguments)]
        self._trace.add_statement(sql, keys, len(rows), times, lines)
        return rows

    def _session_begins(self, *_: object) -> None:
        self._started = perf_counter()

    def _session_ends(
        self,
        connection: Connection,
        cursor: DBAPICursor,
        sql: str,
        parameters: Any,  # in the form that the driver takes
        context: Any,  # of the compiled statement
        _: bool,
    ) -> None:
        if sql.startswith(EXPLAIN):
            return
        times, lines = self._trace.times(self._started), []
        if self._trace.explains:
            lines = [str(line) for line in connection.exec_driver_sql(EXPLAIN + sql, parameters).scalars()]
        keys = 0
        if context is not None and context.compiled_parameters:
            keys = len(context.compiled_parameters[0].get("keys") or ())
        self._trace.add_statement(sql, keys, cursor.rowcount, times, lines)
