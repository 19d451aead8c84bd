"""Rows of a transaction: INSERT, UPDATE and DELETE ... RETURNING, compiled once and sent by the driver.

A row is an instance of its model. It is compared with the values that the database has, as far as this transaction has
read or written them, so that only what changed is sent. Rules may use SQLAlchemy's session of the same transaction:
from then on the rows are the session's, and its history says what changed. Changes that were not saved are sent before
the next statement of this module, and before the commit; rows that are new or deleted in a session are flushed by it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import make_transient, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_state, set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from graphql_app.database.row_codec import Batch, RowCodec, RowState, Sender, Values, codec_of, has_expression, is_plain
from graphql_app.models.base import TENANT, Base
from graphql_app.sql.compiled import Compiled
from graphql_app.sql.edges import Edge
from graphql_app.sql.joins import Outputs
from graphql_app.sql.writes import Verb

MOST = 20
"""Statements that a plan keeps, each for other columns that are given."""


@dataclass(slots=True)
class ReturnedRecord:
    """Values that a payload shows of rows of ``model``, read by the statement that writes them, if it is the last one.

    Until the commit no other transaction changes such a row, so they are those that the payload would read after it.
    """

    model: type[Base] | None
    """None if the payload shows no record."""
    outputs: Outputs
    statements: dict[Any, Compiled] = field(default_factory=dict)
    """Compiled statements, kept with the plan of the payload."""
    is_many: bool = False
    """True if the payload shows several rows, which are saved together."""
    _rows: dict[str, Any] = field(default_factory=dict)
    _sent: int = 0

    def take(self, rows: dict[str, Any], sent: int) -> None:
        """Keep what was read of rows, by their ids; ``sent`` statements were sent so far."""
        self._rows, self._sent = rows, sent

    def settle(self, connection: Any) -> None:
        """Forget what may have changed since it was read. The transaction is about to be committed."""
        if connection.sent != self._sent or connection.rows.is_unsent:
            self._rows = {}
        connection.is_last = self.model is None or bool(self._rows)

    def rows(self, outputs: Outputs, ids: Sequence[Any]) -> Sequence[Any]:
        """Return the rows with these ids, if all of them were read with these outputs; else nothing."""
        rows = self._rows
        return [rows[id] for id in ids] if rows and outputs == self.outputs and all(id in rows for id in ids) else ()


class TransactionRows:
    """The rows that a transaction has read or written, each one object, by their identity keys."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._known: dict[Any, RowState] = {}
        self._session: AsyncSession | None = None

    def join(self, session: AsyncSession) -> None:
        """Give all rows to a session, which flushes what is changed on them."""
        for known in self._known.values():
            row, changed = known.row, known.changes()
            if instance_state(row).modified:
                known.restore()
                make_transient(row)
                make_transient_to_detached(row)
            session.add(row)
            for name, value in changed.items():
                setattr(row, name, value)
        self._known.clear()
        self._session = session

    def forget(self) -> None:
        """Let go of all rows: the transaction, and its session, have ended."""
        self._known.clear()
        self._session = None

    def saved(self) -> dict[Any, RowState]:
        """Return the rows for ``restore``."""
        return self._known.copy()

    def restore(self, known: Mapping[Any, RowState], undone: Mapping[Any, RowState]) -> None:
        """Return to the rows of ``known``, with their values. Those of ``undone`` that were inserted are new again."""
        self._session, self._known = None, dict(known)
        for key, each in undone.items():
            if each.is_new and key not in known:
                make_transient(each.row)
        for each in known.values():
            each.restore()

    @property
    def is_unsent(self) -> bool:
        """True if a row has changes that were not sent, or a session something to flush."""
        session = self._session
        if session is None:
            return any(each.is_changed for each in self._known.values())
        return bool(session.new or session.deleted) or any(map(session.is_modified, session.dirty))

    async def flush(self, apart: Iterable[Any] = ()) -> None:
        """Send what is changed, except on rows that are written ``apart``. New rows of a session take all with them."""
        if not self.is_unsent:
            return
        session = self._session
        if session is None:
            changed = [each.row for each in self._known.values() if each.is_changed]
        else:
            if session.new or session.deleted or not all(is_plain(row.__class__) for row in session.dirty):
                await session.flush()
            changed = list(session.dirty)
        left = {id(row) for row in apart}
        await self._update([row for row in changed if id(row) not in left])

    def take(self, codec: RowCodec, values: Values, *, refresh: bool) -> Any:
        """Return the row that was read with these values. A known one gets them, unless it has changes to be sent.

        With ``refresh``, it gets them all the same.
        """
        key = codec.key(values)
        known = self._known.get(key)
        row = known.row if known else None if self._session is None else self._session.identity_map.get(key)
        if row is None:
            row = codec.loaded(values, key)
            self._keep(codec, row, key)
        elif refresh or not (known.is_changed if known else instance_state(row).modified):
            self._settle(codec, row, values)
        return row

    async def save(self, rows: Sequence[Any], shown: ReturnedRecord | None = None) -> None:
        """Send new rows and what has changed on others, after what is changed elsewhere.

        Raises StaleDataError if a row was changed or deleted since it was read.
        """
        await self.flush(rows)
        rows = list(dict.fromkeys(rows))
        await self._update([row for row in rows if not _is_new(row)], shown)
        await self._insert([row for row in rows if _is_new(row)], shown)

    async def save_with(self, row: Any, edge: Edge, shown: ReturnedRecord | None = None) -> Any:
        """Send a new row. Return the row that it refers to, read by the same statement, or None if there is none."""
        await self.flush()
        codec, far, values = codec_of(row.__class__), codec_of(edge.target), codec_of(row.__class__).new_values(row)
        (record,) = await self._write(Batch(Verb.INSERT, codec, [values], [values]), [row], shown, edge)
        found = far.values(tuple(far.columns), record[-len(far.columns) :])
        return None if found[edge.target_column] is None else self.take(far, found, refresh=False)

    async def delete(self, rows: Sequence[Any]) -> None:
        """Delete rows of one model. Raises StaleDataError if one was changed or deleted since it was read."""
        if rows:
            await self.flush()
            codec = codec_of(rows[0].__class__)
            await self._write(Batch(Verb.DELETE, codec, [vars(row) for row in rows], [{}] * len(rows)), rows, None)

    async def write_one(
        self, verb: Verb, codec: RowCodec, found: Values, given: Values, shown: ReturnedRecord | None = None
    ) -> Any:
        """Update or delete the row with these values, which need not be read before, and return it.

        Returns None if there is none.
        """
        await self.flush()
        codec.check(given)
        names = tuple(name for name in found if name != TENANT)
        _, made = await self._send(Batch(verb, codec, [found], [given], names), shown)
        if not made:
            return None
        row = self.take(codec, made[0], refresh=True)
        if verb is Verb.DELETE:
            self._let_go(row)
        return row

    async def _insert(self, rows: Sequence[Any], shown: ReturnedRecord | None) -> None:
        await self._send_groups(Verb.INSERT, [(row, codec_of(row.__class__).new_values(row)) for row in rows], shown)

    async def _update(self, rows: Sequence[Any], shown: ReturnedRecord | None = None) -> None:
        changed = ((row, self._changes(codec_of(row.__class__), row)) for row in rows)
        await self._send_groups(Verb.UPDATE, [(row, values) for row, values in changed if values], shown)

    async def _send_groups(self, verb: Verb, given: Sequence[tuple[Any, Values]], shown: ReturnedRecord | None) -> None:
        """Send a statement for each model and set of columns, and one for each row with an SQL expression."""
        groups: dict[Any, tuple[list[Any], list[Values]]] = defaultdict(lambda: ([], []))
        for row, values in given:
            is_single = codec_of(row.__class__).is_single or has_expression(values.values())
            rows, valued = groups[type(row), tuple(values), row if is_single else None]
            rows.append(row)
            valued.append(values)
        for (model, *_), (rows, valued) in groups.items():
            own = valued if verb is Verb.INSERT else [vars(row) for row in rows]
            await self._write(Batch(verb, codec_of(model), own, valued), rows, shown)

    def _changes(self, codec: RowCodec, row: Any) -> Values:
        """Return the values in which a row differs from the database, as far as that is known."""
        own = vars(row)
        known = self._known.get(codec.key(own))
        if known is not None:
            values = known.changes()
        else:
            state = inspect(row)
            unmodified = state.unmodified
            values = {
                name: own[name]
                for name in codec.columns
                if name not in unmodified and state.attrs[name].history.has_changes()
            }
        if values:
            codec.check(values)
            values |= {name: make() for name, make in codec.updates.items() if name not in values}
        return values

    async def _write(
        self, batch: Batch, rows: Sequence[Any], shown: ReturnedRecord | None, edge: Edge | None = None
    ) -> Sequence[Any]:
        """Send a statement, and take what it returns of each row. Raises StaleDataError if rows are not found."""
        codec = batch.codec
        records, made = await self._send(batch, shown, edge)
        if len(records) != len(rows):
            missing = len(rows) - len(records)
            raise StaleDataError(f"{missing} rows of {batch.write.table.name} were changed or deleted since.")
        places = {codec.key(each): place for place, each in enumerate(batch.own)} if len(rows) > 1 else {}
        for values in made:
            place = places[codec.key(values)] if places else 0
            if batch.write.verb is Verb.DELETE:
                self._let_go(rows[place])
            else:
                self._settle(codec, rows[place], batch.values[place] | values)
        return records

    async def _send(
        self, batch: Batch, shown: ReturnedRecord | None, edge: Edge | None = None
    ) -> tuple[Sequence[Any], Sequence[Values]]:
        """Send a statement. Return its records, and the values of the written rows' columns in them."""
        codec = batch.codec
        seen = None if shown is None or shown.model is not codec.mapper.class_ else shown
        records = await self._sender.send(_statement(batch, seen, edge), batch.arguments())
        first = 0 if seen is None else len(seen.outputs)
        made = [codec.values(batch.columns, record[first:]) for record in records]
        if seen is not None:
            seen.take({str(each["id"]): record for each, record in zip(made, records, strict=True)}, self._sender.sent)
        return records, made

    def _let_go(self, row: Any) -> None:
        """Forget a row that is deleted."""
        self._known.pop(instance_state(row).key, None)
        if self._session is not None and row in self._session:
            self._session.expunge(row)

    def _settle(self, codec: RowCodec, row: Any, values: Values) -> None:
        """Note that the database has these values of a row."""
        own, state = vars(row), instance_state(row)
        if self._session is None or state.key is None:
            own.update(values)
        else:
            for name, value in values.items():
                set_committed_value(row, name, value)
        is_new, key = state.key is None, state.key or codec.key(own)
        if self._session is not None and is_new:
            make_transient_to_detached(row)
        state.key = key
        self._keep(codec, row, key, is_new=is_new)

    def _keep(self, codec: RowCodec, row: Any, key: Any, *, is_new: bool = False) -> None:
        if self._session is None:
            known = self._known.get(key)
            self._known[key] = RowState(
                codec, row, codec.current(vars(row)), is_new or (known is not None and known.is_new)
            )
        else:
            self._session.add(row)


def _is_new(row: Any) -> bool:
    return instance_state(row).key is None


def _statement(batch: Batch, shown: ReturnedRecord | None, edge: Edge | None) -> Compiled:
    """Return the statement of a batch; one that reads what is shown is kept with the plan that shows it."""
    if shown is None or batch.expressions:
        return batch.statement(() if shown is None else shown.outputs, edge)
    write = batch.write
    key = write.verb, write.names, write.found, write.arrays, edge and edge.name
    if key not in shown.statements:
        if len(shown.statements) >= MOST:
            shown.statements.clear()
        shown.statements[key] = batch.statement(shown.outputs, edge)
    return shown.statements[key]
