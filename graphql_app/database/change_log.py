"""Changes of records in one transaction, and the SQL that writes them to the outbox.

The procedure ``write_events`` is called by the message that commits, so events cost no round trip. It runs after the
rows are locked: positions of events about one record are in the order of its changes. A transaction writes one event
per record, however often it changes the record.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from graphql_app.database.row_codec import RowCodec
from graphql_app.database.transaction_sql import WRITE_EVENTS
from graphql_app.models.base import Base, new_id
from graphql_app.models.events import subject_name
from graphql_app.sql.cascades import cascaded
from graphql_app.sql.writes import Verb
from graphql_app.viewer import Viewer

type ChangedValues = Mapping[str, tuple[object, object]]
"""Old and new values of columns, by the names of their attributes."""
OPERATIONS = {Verb.INSERT: "created", Verb.UPDATE: "updated", Verb.DELETE: "deleted"}


@dataclass(slots=True)
class ChangedRecord:
    """Change of a record. ``type`` is the event type that the mutation declares for it; empty for the usual one."""

    model: type[Base]
    id: UUID
    verb: Verb
    version: int | None
    values: ChangedValues
    mutation: str
    type: str = ""

    def merge(self, later: "ChangedRecord") -> "ChangedRecord | None":
        """Return this change followed by a later one of the same record; None if nothing is left of both."""
        if self.verb is Verb.INSERT and later.verb is Verb.DELETE:
            return None
        if later.verb is Verb.DELETE:
            gone = dict(later.values)
            gone.update((name, (old, None)) for name, (old, _) in self.values.items())
            return ChangedRecord(self.model, self.id, Verb.DELETE, later.version, gone, later.mutation)
        values = dict(self.values)
        for name, (old, new) in later.values.items():
            first = values[name][0] if name in values else old
            values[name] = first, new
        verb = Verb.UPDATE if self.verb is Verb.DELETE else self.verb
        return ChangedRecord(self.model, self.id, verb, later.version, values, later.mutation, later.type or self.type)

    def written(self) -> dict[str, object]:
        """Return the columns of the event."""
        operation = OPERATIONS[self.verb]
        return {
            "id": new_id(),
            "type": self.type or f"{subject_name(self.model)}.{operation}",
            "operation": operation.upper(),
            "subject_type": self.model.__name__,
            "subject_id": self.id,
            "version": self.version,
            "mutation": self.mutation or None,
            "changes": {name: pair for name, pair in self.values.items() if pair[0] != pair[1]},
        }


@dataclass(slots=True)
class ChangeLog:
    """Changes of a transaction. ``mutation`` is the name of the root field that makes them."""

    viewer: Viewer | None = None
    mutation: str = ""
    is_written: bool = False
    """True if the last transaction has committed events."""
    _records: list[ChangedRecord] = field(default_factory=list)

    def inserted(self, codec: RowCodec, values: Mapping[str, Any]) -> None:
        """Add a new row with these values, if its model has events."""
        if not codec.has_events:
            return
        given = {name: (None, values.get(name)) for name in codec.logged if values.get(name) is not None}
        self._add(codec, Verb.INSERT, values, given)

    def updated(
        self, codec: RowCodec, old: Mapping[str, Any], new: Mapping[str, Any], *, is_changed: bool = False
    ) -> None:
        """Add a changed row, if its model has events and a value or the version differs, or ``is_changed``.

        ``new`` has the new values of columns, the key and the version.
        """
        if not codec.has_events:
            return
        given = {name: (old.get(name), new[name]) for name in codec.logged if name in new}
        version = codec.version
        is_changed |= version is not None and version in old and old[version] != new[version]
        if is_changed or any(before != after for before, after in given.values()):
            self._add(codec, Verb.UPDATE, new, given)

    def deleted(self, codec: RowCodec, values: Mapping[str, Any]) -> None:
        """Add a deleted row with these values, if its model has events."""
        if not codec.has_events:
            return
        given = {name: (values.get(name), None) for name in codec.logged if values.get(name) is not None}
        self._add(codec, Verb.DELETE, values, given)

    def note(self, model: type[Base], id: UUID, version: int | None = None, **values: tuple[object, object]) -> None:
        """Add a change that a statement of a rule has made: old and new values by the names of columns.

        The names may also be others, such as ``label_ids``, for changes of links.
        """
        self._records.append(ChangedRecord(model, id, Verb.UPDATE, version, values, self.mutation))

    def note_deleted(
        self,
        model: type[Base],
        ids: Iterable[UUID],
        *records: Any,  # of columns of any types
    ) -> None:
        """Add records that a statement of a rule has deleted.

        ``records`` are those that a statement of :func:`~graphql_app.sql.cascades.deleting` has returned.
        """
        others = cascaded(model, records[0][-1]) if records else ()
        for each, id in (*((model, id) for id in ids), *others):
            self._records.append(ChangedRecord(each, id, Verb.DELETE, None, {}, self.mutation))

    def name(self, id: UUID | None, type: str) -> None:
        """Give the event about the record with this id another type, if there is one."""
        for each in self._records:
            if each.id == id:
                each.type = type

    def clear(self) -> None:
        """Remove the changes at the end of the transaction."""
        self._records.clear()
        self.viewer, self.mutation = None, ""

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Remove the changes of the block if it raises an exception."""
        known = [*self._records], self.viewer, self.mutation
        try:
            yield
        except BaseException:
            self._records, self.viewer, self.mutation = known
            raise

    def statement(self) -> str:
        """Return the statement that writes the events, followed by a semicolon; empty if there are none."""
        records = _merged(self._records) if self._records else []
        self.is_written = bool(records)
        if not records:
            return ""
        text = orjson.dumps([each.written() for each in records], default=str).decode()
        viewer = self.viewer
        actor = [None, None] if viewer is None else [viewer.user_id, viewer.key_id]
        ids = ", ".join("NULL" if id is None else f"'{id}'" for id in actor)
        return f"CALL {WRITE_EVENTS}({ids}, {_literal(text)}); "

    def _add(self, codec: RowCodec, verb: Verb, values: Mapping[str, Any], given: ChangedValues) -> None:
        version = None if codec.version is None else values.get(codec.version)
        self._records.append(ChangedRecord(codec.mapper.class_, values["id"], verb, version, given, self.mutation))


def _merged(records: Iterable[ChangedRecord]) -> list[ChangedRecord]:
    """Return one change per record, in the order of the first changes."""
    found: dict[tuple[type[Base], UUID], ChangedRecord | None] = {}
    for each in records:
        known = found.get((each.model, each.id))
        merged = each if known is None else known.merge(each)
        if merged is not None and merged.version is None and known is not None:
            merged.version = known.version
        found[each.model, each.id] = merged
    return [each for each in found.values() if each is not None]


def _literal(text: str) -> str:
    """Return a text as an SQL literal, independently of ``standard_conforming_strings``."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
