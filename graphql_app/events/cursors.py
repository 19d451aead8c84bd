"""Cursors of events, by differences of snapshots.

Transactions commit in another order than that of their events' positions: a reader that continues after the last
position loses events. A reader here continues after a snapshot: it reads the events of transactions that the snapshot
does not see. https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT
"""

import re
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Self
from uuid import UUID

from graphql_app.errors import BadUserInput, RequestError
from graphql_app.sql.cursors import pack, unpack

MARK = "events"
FORM = re.compile(r"(\d{1,20}):(\d{1,20}):((?:\d{1,20}(?:,\d{1,20})*)?)", re.ASCII)
LONGEST = 100_000
"""Most characters of a cursor. A snapshot contains the running transactions."""
MARGIN = 3600.0
"""Seconds by which the ID of an event may be older than a snapshot that does not see it: clocks, long transactions."""
MALFORMED = "Invalid cursor of events. Use a cursor that an event contained."


class CursorExpired(RequestError):
    """Cursor that is older than the events that are kept, or of another database."""

    code = "CURSOR_EXPIRED"
    message = "Events after this cursor are no longer complete. Read the records again, and continue without a cursor."


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Transactions that are visible at one moment: those before ``xmax`` except ``running``."""

    text: str
    xmin: int
    xmax: int
    running: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return a snapshot in PostgreSQL's form ``xmin:xmax:running``. Raises ValueError."""
        found = FORM.fullmatch(text)
        if found is None:
            raise ValueError(text)
        xmin, xmax = int(found[1]), int(found[2])
        running = [int(each) for each in found[3].split(",") if each]
        if not 0 < xmin <= xmax < 2**63 or running != sorted({*running}) or not all(xmin <= x < xmax for x in running):
            raise ValueError(text)
        return cls(text, xmin, xmax, frozenset(running))


@dataclass(frozen=True, slots=True)
class EventCursor:
    """Position of a reader: it has read what ``after`` sees, and of the rest, what ``within`` sees up to ``position``.

    ``taken`` is the time of ``after`` in seconds since 1970.
    """

    after: Snapshot
    within: Snapshot
    position: int
    taken: float

    @classmethod
    def at(cls, snapshot: Snapshot) -> Self:
        """Return the position after everything that a snapshot of this moment sees."""
        return cls(snapshot, snapshot, 0, time.time())

    def encode(self) -> str:
        """Return the opaque text for clients."""
        within = "" if self.within == self.after else self.within.text
        return pack(MARK, int(self.taken), self.after.text, within, self.position)

    @property
    def first_id(self) -> UUID:
        """Least ID of an event that may follow. The partitions before it are not read."""
        milliseconds = max(0, int((self.taken - MARGIN) * 1000))
        return UUID(int=milliseconds << 80 | 0x7000 << 64 | 0x8000 << 48)


def read_cursor(text: str, retention: timedelta) -> EventCursor:
    """Return the position that a client's cursor encodes. Raises BadUserInput, or CursorExpired."""
    if len(text) > LONGEST:
        raise BadUserInput(MALFORMED, ["after"])
    try:
        taken, after, within, position = unpack(text, MARK, 4)
        if not isinstance(taken, int) or not isinstance(position, int) or not 0 <= position < 2**63:
            raise BadUserInput(MALFORMED, ["after"])
        first = Snapshot.parse(after)
        second = Snapshot.parse(within) if within else first
    except (BadUserInput, TypeError, ValueError) as error:
        raise BadUserInput(MALFORMED, ["after"]) from error
    if not 0 <= time.time() - taken + MARGIN <= retention.total_seconds() + MARGIN:
        raise CursorExpired
    return EventCursor(first, second, position, taken)
