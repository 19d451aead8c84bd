"""Rows of a transaction: INSERT, UPDATE and DELETE ... RETURNING, compiled once and sent by the driver.

A row is an instance of its model. It is compared with the values that this transaction has read or written, so that
only changed columns are sent. Rules may use SQLAlchemy's session of the same transaction: from then on the session
contains the rows, and its history contains their changes. Unsaved changes are sent before the next statement of this
module and before the commit; the session flushes its new and deleted rows.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from asyncpg import Record
from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import make_transient, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_state, set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from graphql_app.database.row_codec import Batch, ColumnValues, IdentityKey, RowCodec, RowState, codec_of, is_plain
from graphql_app.models.base import Base
from graphql_app.sql.compiled import Compiled
from graphql_app.sql.edges import Edge
from graphql_app.sql.joins import Outputs
from graphql_app.sql.writes import Verb


class Sender(Protocol):
    """Connection that sends the statements of a transaction."""

    sent: int
    is_last: bool
    rows: "IdentityMap"

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


class IdentityMap:
    """Identity map of a transaction: the rows that it has read or written."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._states: dict[IdentityKey, RowState] = {}
        self._session: AsyncSession | None = None

    def join(self, session: AsyncSession) -> None:
        """Add all rows, with their changes, to a session."""
        for known in self._states.values():
            row, changed = known.row, known.changes()
            if instance_state(row).modified:
                known.restore()
                make_transient(row)
                make_transient_to_detached(row)
            session.add(row)
            for name, value in changed.items():
                setattr(row, name, value)
        self._states.clear()
        self._session = session

    def forget(self) -> None:
        """Remove all rows after the end of the transaction and its session."""
        self._states.clear()
        self._session = None

    def saved(self) -> dict[IdentityKey, RowState]:
        """Return a copy of the rows for ``restore``."""
        return self._states.copy()

    def restore(self, known: Mapping[IdentityKey, RowState], undone: Mapping[IdentityKey, RowState]) -> None:
        """Restore the rows ``known`` and their values. Inserted rows among ``undone`` become new again."""
        self._session, self._states = None, dict(known)
        for key, each in undone.items():
            if each.is_new and key not in known:
                make_transient(each.row)
        for each in known.values():
            each.restore()

    @property
    def is_unsent(self) -> bool:
        """True if a row has unsent changes or the session requires a flush."""
        session = self._session
        if session is None:
            return any(each.is_changed for each in self._states.values())
        return bool(session.new or session.deleted) or any(map(session.is_modified, session.dirty))

    async def flush(self, apart: Iterable[Base] = ()) -> None:
        """Send changes, except those of the rows ``apart``, which the session flushes only if it has new rows."""
        if not self.is_unsent:
            return
        changed, session = [each.row for each in self._states.values() if each.is_changed], self._session
        if session is not None:
            if session.new or session.deleted or not all(is_plain(row.__class__) for row in session.dirty):
                await session.flush()
            changed = list(session.dirty)
        left = {id(row) for row in apart}
        await self._update([row for row in changed if id(row) not in left])

    def take(self, codec: RowCodec, values: ColumnValues, *, refresh: bool) -> Base:
        """Return the row with the values that were read. A known row with unsent changes keeps its own values.

        With ``refresh``, it gets the values that were read.
        """
        key = codec.key(values)
        known = self._states.get(key)
        row = known.row if known else None if self._session is None else self._session.identity_map.get(key)
        if row is None:
            row = codec.loaded(values, key)
            self._keep(codec, row, key)
        elif refresh or not (known.is_changed if known else instance_state(row).modified):
            self._refresh(codec, row, values)
        return row

    async def save(self, rows: Sequence[Base], returned: ReturnedRecord | None = None) -> None:
        """Send the changes of other rows, then new rows and changes among ``rows``.

        Raises StaleDataError if a row was changed or deleted since it was read.
        """
        await self.flush(rows)
        rows = list(dict.fromkeys(rows))
        new = [row for row in rows if instance_state(row).key is None]
        await self._update([row for row in rows if instance_state(row).key is not None], returned)
        await self._send_groups(Verb.INSERT, [(row, codec_of(row.__class__).new_values(row)) for row in new], returned)

    async def save_with(self, row: Base, edge: Edge, returned: ReturnedRecord | None = None) -> Base | None:
        """Send a new row. Return the row that it refers to, read by the same statement, or None."""
        await self.flush()
        codec, far, values = codec_of(row.__class__), codec_of(edge.target), codec_of(row.__class__).new_values(row)
        (record,) = await self._write(Batch(Verb.INSERT, codec, [values], [values]), [row], returned, edge)
        found = far.values(tuple(far.columns), record[-len(far.columns) :])
        return None if found[edge.target_column] is None else self.take(far, found, refresh=False)

    async def delete(self, rows: Sequence[Base]) -> None:
        """Delete rows of one model. Raises StaleDataError if one was changed or deleted since it was read."""
        if rows:
            await self.flush()
            codec = codec_of(rows[0].__class__)
            await self._write(Batch(Verb.DELETE, codec, [vars(row) for row in rows], [{}] * len(rows)), rows, None)

    async def write_one(self, batch: Batch, returned: ReturnedRecord | None = None) -> Base | None:
        """Update or delete the row of a batch that names its columns, and return it. Returns None if there is none."""
        await self.flush()
        batch.codec.check(batch.values[0])
        _, made = await self._send(batch, returned)
        if not made:
            return None
        row = self.take(batch.codec, made[0], refresh=True)
        if batch.write.verb is Verb.DELETE:
            self._remove(row)
        return row

    async def _update(self, rows: Sequence[Base], returned: ReturnedRecord | None = None) -> None:
        changed = ((row, self._changes(codec_of(row.__class__), row)) for row in rows)
        await self._send_groups(Verb.UPDATE, [(row, values) for row, values in changed if values], returned)

    async def _send_groups(
        self, verb: Verb, given: Sequence[tuple[Base, ColumnValues]], returned: ReturnedRecord | None
    ) -> None:
        """Send a statement for each model and set of columns, and one for each row with an SQL expression."""
        groups: dict[Hashable, tuple[list[Base], list[ColumnValues]]] = defaultdict(lambda: ([], []))
        for row, values in given:
            own_group = row if codec_of(row.__class__).is_alone(values) else None
            rows, valued = groups[type(row), tuple(values), own_group]
            rows.append(row)
            valued.append(values)
        for rows, valued in groups.values():
            own = valued if verb is Verb.INSERT else [vars(row) for row in rows]
            await self._write(Batch(verb, codec_of(rows[0].__class__), own, valued), rows, returned)

    def _changes(self, codec: RowCodec, row: Base) -> ColumnValues:
        """Return the values of a row that differ from the known values in the database."""
        own = vars(row)
        known = self._states.get(codec.key(own))
        if known is not None:
            values = known.changes()
        else:
            state = inspect(row)
            unmodified = state.unmodified
            modified = [name for name in codec.columns if name not in unmodified]
            values = {name: own[name] for name in modified if state.attrs[name].history.has_changes()}
        if values:
            codec.check(values)
            values |= {name: make() for name, make in codec.updates.items() if name not in values}
        return values

    async def _write(
        self, batch: Batch, rows: Sequence[Base], returned: ReturnedRecord | None, edge: Edge | None = None
    ) -> Sequence[Record]:
        """Send a statement, and apply the returned values to the rows. Raises StaleDataError if rows are missing."""
        codec = batch.codec
        records, made = await self._send(batch, returned, edge)
        if len(records) != len(rows):
            missing = len(rows) - len(records)
            raise StaleDataError(
                f"{missing} rows of {batch.write.table.name} were changed or deleted since they were read."
            )
        places = {codec.key(each): place for place, each in enumerate(batch.own)} if len(rows) > 1 else {}
        for values in made:
            place = places[codec.key(values)] if places else 0
            if batch.write.verb is Verb.DELETE:
                self._remove(rows[place])
            else:
                self._refresh(codec, rows[place], batch.values[place] | values)
        return records

    async def _send(
        self, batch: Batch, returned: ReturnedRecord | None, edge: Edge | None = None
    ) -> tuple[Sequence[Record], Sequence[ColumnValues]]:
        """Send a statement. Return its records, and the values of the columns in them."""
        codec = batch.codec
        seen = None if returned is None or returned.model is not codec.mapper.class_ else returned
        records = await self._sender.send(_statement(batch, seen, edge), batch.arguments())
        first = 0 if seen is None else len(seen.outputs)
        made = [codec.values(batch.columns, record[first:]) for record in records]
        if seen is not None:
            seen.take({str(each["id"]): record for each, record in zip(made, records, strict=True)}, self._sender.sent)
        return records, made

    def _remove(self, row: Base) -> None:
        """Remove a deleted row."""
        self._states.pop(codec_of(row.__class__).key(vars(row)), None)
        if self._session is not None and row in self._session:
            self._session.expunge(row)

    def _refresh(self, codec: RowCodec, row: Base, values: ColumnValues) -> None:
        """Set columns of a row to values in the database."""
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

    def _keep(self, codec: RowCodec, row: Base, key: IdentityKey, *, is_new: bool = False) -> None:
        if self._session is None:
            known = self._states.get(key)
            self._states[key] = RowState(
                codec, row, codec.current(vars(row)), is_new or (known is not None and known.is_new)
            )
        else:
            self._session.add(row)


def _statement(batch: Batch, returned: ReturnedRecord | None, edge: Edge | None) -> Compiled:
    """Return the statement of a batch. A statement with outputs is cached with the payload's plan."""
    if returned is None or batch.expressions:
        return batch.statement(() if returned is None else returned.outputs, edge)
    write = batch.write
    key = write.verb, write.names, write.found, write.arrays, edge and edge.name, write.audience
    if key not in returned.statements:
        if len(returned.statements) >= MOST:
            returned.statements.clear()
        returned.statements[key] = batch.statement(returned.outputs, edge)
    return returned.statements[key]
