"""A record that is going to be shown, read by the very statement that inserts it.

What a mutation answers with is read after the commit. Of a row that is new there is nothing else to be read than what
its INSERT can tell: nobody sees the row, let alone changes it, before that. So where the answer is one statement about
it, the INSERT becomes a part of that statement; the answer is given only after the commit all the same. It holds as
long as nothing else was sent in the transaction: a rule may go on, and change what is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from graphql_app.database.base import Base
from graphql_app.database.connection import PooledConnection
from graphql_app.statements.compiled import Compiled
from graphql_app.statements.outputs import Outputs


@dataclass(slots=True)
class Shown:
    """What is shown of a record of ``model``, if one is inserted: these outputs of it."""

    model: type[Base]
    outputs: Outputs
    statements: dict[Any, Compiled] = field(default_factory=dict)
    """Those that insert a row and read this of it; kept with the plan that shows it."""
    _id: str = ""
    _row: Any = None
    _sent: int = 0

    def take(self, id: UUID, row: Any, connection: PooledConnection) -> None:
        """Keep what was read of a new record."""
        self._id, self._row, self._sent = str(id), row, connection.sent

    def settle(self, connection: PooledConnection) -> None:
        """The transaction is about to be committed: forget what may have changed since it was read."""
        if connection.sent != self._sent or connection.in_session or connection.is_unsent:
            self._row = None
        connection.is_last = self._row is not None

    def rows(self, outputs: Outputs, ids: Sequence[Any]) -> Sequence[Any]:
        """The record with these ids, if that is what was read and just this is asked of it; else nothing."""
        is_it = self._row is not None and ids == [self._id] and outputs == self.outputs
        return [self._row] if is_it else ()
