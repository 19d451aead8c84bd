"""Rows of a transaction: INSERT, UPDATE and DELETE ... RETURNING, compiled once and sent by the driver.

A row is an instance of its model. It is compared with the values that this transaction has read or written, so that
only changed columns are sent. Rules may use SQLAlchemy's session of the same transaction: from then on the session
contains the rows, and its history contains their changes. Unsaved changes are sent before the next statement of this
module and before the commit; the session flushes its new and deleted rows.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence

from asyncpg import Record
from sqlalchemy import event, inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, make_transient, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_state, set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from graphql_app.database.change_log import ChangeLog
from graphql_app.database.returned_records import ReturnedRecord, Sender, statement_of
from graphql_app.database.row_codec import Batch, ColumnValues, IdentityKey, RowCodec, RowState, codec_of, is_plain
from graphql_app.models.base import Base
from graphql_app.sql.edges import Edge
from graphql_app.sql.writes import Verb


class IdentityMap:
    """Identity map of a transaction: the rows that it has read or written."""

    def __init__(self, sender: Sender) -> None:
        self.changes = ChangeLog()
        """Changes of records in this transaction, of which events are written."""
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
        event.listen(session.sync_session, "after_flush", self._flushed)

    def forget(self) -> None:
        """Remove all rows after the end of the transaction and its session."""
        self._states.clear()
        self.changes.clear()
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
        records, made = await self._send(batch, returned)
        if not made:
            return None
        row, codec, old = self.take(batch.codec, made[0], refresh=True), batch.codec, batch.write.old
        if batch.write.verb is Verb.DELETE:
            self._remove(row)
            self.changes.deleted(codec, made[0])
            self._note_cascaded(batch, records)
        elif codec.has_events:
            versions = () if codec.version is None else (codec.version,)
            new = {name: made[0][name] for name in (*codec.primary, *versions, *old, *batch.expressions)}
            before = codec.values(old, records[0][-len(old) :]) if old else {}
            self.changes.updated(codec, before, new, is_changed=bool(batch.expressions))
        return row

    def _flushed(self, session: Session, _context: object) -> None:
        """Add the changes that the session itself has sent to the log."""
        for row in filter(_has_codec, session.new):
            self.changes.inserted(codec_of(row.__class__), vars(row))
        for row in filter(_has_codec, session.deleted):
            self.changes.deleted(codec_of(row.__class__), vars(row))
        for row in filter(_has_codec, session.dirty):
            codec, own = codec_of(row.__class__), {**vars(row)}
            self.changes.updated(codec, own | self._old(codec, row, own), own)

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
                self.changes.deleted(codec, vars(rows[place]))
                continue
            written = batch.values[place] | values
            if batch.write.verb is Verb.INSERT:
                self.changes.inserted(codec, written)
            elif codec.has_events:
                self.changes.updated(codec, self._old(codec, rows[place], written), written)
            self._refresh(codec, rows[place], written)
        self._note_cascaded(batch, records)
        return records

    def _note_cascaded(self, batch: Batch, records: Sequence[Record]) -> None:
        """Add the records that were deleted together with those of a batch."""
        if records and batch.write.cascades:
            self.changes.note_deleted(batch.write.model, [], *records)

    def _old(self, codec: RowCodec, row: Base, written: ColumnValues) -> ColumnValues:
        """Return the values of a row before it was written."""
        known = self._states.get(codec.key(vars(row)))
        if known is not None:
            return dict(zip(codec.columns, known.values, strict=True))
        attributes = inspect(row).attrs
        history = {name: attributes[name].history for name in codec.columns if name in written}
        return {name: each.deleted[0] if each.deleted else None for name, each in history.items() if each.has_changes()}

    async def _send(
        self, batch: Batch, returned: ReturnedRecord | None, edge: Edge | None = None
    ) -> tuple[Sequence[Record], Sequence[ColumnValues]]:
        """Send a statement. Return its records, and the values of the columns in them."""
        codec = batch.codec
        seen = None if returned is None or returned.model is not codec.mapper.class_ else returned
        records = await self._sender.send(statement_of(batch, seen, edge), batch.arguments())
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


def _has_codec(row: Base) -> bool:
    return is_plain(row.__class__)
