"""Reader of an organization's events in the order of its cursors. No event is lost or repeated."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from asyncpg import Record

from graphql_app.database.session import OperationSession
from graphql_app.events.cursors import CursorExpired, EventCursor, Snapshot

COLUMNS = """id, position, type, operation, subject_type, subject_id, version, actor_id, key_id, mutation,
    CAST(changes AS text) AS changes, created_at"""
READ = f"""
SELECT {COLUMNS} FROM events
WHERE organization_id = $1 AND id >= $2 AND xid >= pg_snapshot_xmin(CAST($3::text AS pg_snapshot))
    AND NOT pg_visible_in_snapshot(xid, CAST($3::text AS pg_snapshot))
    AND pg_visible_in_snapshot(xid, CAST($4::text AS pg_snapshot))
    AND position > $5 AND (CAST($6 AS text[]) IS NULL OR type = ANY ($6))
ORDER BY position LIMIT $7"""  # noqa: S608 (constants)
"""Events that the second snapshot sees and the first one does not, after a position."""
CURRENT = "SELECT CAST(pg_current_snapshot() AS text)"


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """Event with the cursor after it."""

    id: UUID
    type: str
    operation: str
    subject_type: str
    subject_id: UUID
    version: int | None
    actor_id: UUID | None
    key_id: UUID | None
    mutation: str | None
    changes: dict[str, Any]  # pairs of JSON values
    created_at: datetime
    cursor: EventCursor


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events after a cursor, and the cursor after them. ``has_more`` is True if the limit was reached."""

    events: Sequence[ReadEvent]
    end: EventCursor
    has_more: bool


async def current_snapshot(session: OperationSession) -> Snapshot:
    """Return the snapshot of the operation."""
    ((text,),) = await session.fetch(CURRENT, [])
    return Snapshot.parse(text)


async def events_after(
    session: OperationSession,
    cursor: EventCursor,
    limit: int,
    *,
    types: Sequence[str] | None = None,
    until: Snapshot | None = None,
) -> EventPage:
    """Return up to ``limit`` events after a cursor that ``until`` sees, by default the session's snapshot.

    Raises CursorExpired for a cursor of another database, whose transactions are unknown here.
    """
    now = time.time()
    current = until or await current_snapshot(session)
    if cursor.within.xmax > current.xmax:
        raise CursorExpired
    found = list[ReadEvent]()
    following = EventCursor(cursor.within, current, 0, cursor.taken)
    for each in (cursor, following):
        if each.after != each.within and len(found) < limit:
            found += await _read(session, each, limit - len(found), types)
    if len(found) == limit:
        return EventPage(found, found[-1].cursor if found else cursor, has_more=True)
    return EventPage(found, EventCursor(current, current, 0, now), has_more=False)


async def _read(
    session: OperationSession, cursor: EventCursor, limit: int, types: Sequence[str] | None
) -> list[ReadEvent]:
    known = None if types is None else list(types)
    arguments = [session.tenant, cursor.first_id, cursor.after.text, cursor.within.text, cursor.position, known, limit]
    return [read_event(record, cursor) for record in await session.fetch(READ, arguments)]


def read_event(record: Record, cursor: EventCursor) -> ReadEvent:
    """Return an event that was read from a cursor on."""
    values = dict(record)
    position, changes = values.pop("position"), orjson.loads(values.pop("changes"))
    after = EventCursor(cursor.after, cursor.within, position, cursor.taken)
    return ReadEvent(**values, changes=changes, cursor=after)
