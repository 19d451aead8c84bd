"""Records that a payload selects from the row that a mutation writes, returned by the statement that writes it."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from asyncpg import Record

from graphql_app.database.row_codec import Batch
from graphql_app.models.base import Base
from graphql_app.sql.compiled import Compiled
from graphql_app.sql.edges import Edge
from graphql_app.sql.joins import Outputs


class WrittenRows(Protocol):
    """Rows of a transaction."""

    @property
    def is_unsent(self) -> bool:
        """True if a row has unsent changes."""


class Sender(Protocol):
    """Connection that sends the statements of a transaction."""

    sent: int
    is_last: bool

    @property
    def rows(self) -> WrittenRows:
        """Rows of the transaction."""

    async def send(self, statement: Compiled, values: Mapping[str, object]) -> list[Record]:
        """Return the records of a statement. Raises SQLAlchemy's errors."""


MOST = 20
"""Maximum number of statements that a plan caches, each for another set of columns."""


@dataclass(slots=True)
class ReturnedRecord:
    """Outputs of a payload for rows of ``model``, returned by the statement that writes them if it is the last one.

    Until the commit no other transaction changes such a row, so that the values are those after the commit.
    """

    model: type[Base] | None
    """None if the payload contains no record."""
    outputs: Outputs
    statements: dict[Hashable, Compiled] = field(default_factory=dict)
    """Compiled statements, cached with the plan of the payload."""
    is_many: bool = False
    """True if the payload contains several rows, which are saved together."""
    _rows: dict[str, Record] = field(default_factory=dict)
    _sent: int = 0

    def take(self, rows: dict[str, Record], sent: int) -> None:
        """Keep the records of rows by their ids; ``sent`` is the number of statements sent so far."""
        self._rows, self._sent = rows, sent

    def drop_stale(self, connection: Sender) -> None:
        """Drop the records before the commit if other statements or unsaved changes follow them."""
        if connection.sent != self._sent or connection.rows.is_unsent:
            self._rows = {}
        connection.is_last = self.model is None or bool(self._rows)

    def rows(self, outputs: Outputs, ids: Sequence[str]) -> Sequence[Record]:
        """Return the records of rows with these ids, or none unless all of them have exactly these outputs."""
        rows = self._rows
        return [rows[id] for id in ids] if rows and outputs == self.outputs and all(id in rows for id in ids) else ()


def statement_of(batch: Batch, returned: ReturnedRecord | None, edge: Edge | None) -> Compiled:
    """Return the statement of a batch. A statement with outputs is cached with the payload's plan."""
    if returned is None or batch.expressions:
        return batch.statement(() if returned is None else returned.outputs, edge)
    write = batch.write
    key = write.verb, write.names, write.found, write.arrays, edge and edge.name, write.audience, write.old
    if key not in returned.statements:
        if len(returned.statements) >= MOST:
            returned.statements.clear()
        returned.statements[key] = batch.statement(returned.outputs, edge)
    return returned.statements[key]
