"""Cache of checked viewers of one process, so that most reads need no check by the database.

An entry is dropped when PostgreSQL announces a change of the viewer (see :mod:`graphql_app.identity.access_watch`), and
expires without an announcement. Writes never use the cache: their transaction checks the viewer itself.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from graphql_app.viewer import Viewer

CHANNEL = "workline_access"
"""Channel on which PostgreSQL announces the ID of a changed user, session or API key."""
LIFETIME = 4.0
"""Seconds for which a checked viewer is trusted without an announcement."""
MOST_VIEWERS = 10_000
type ViewerKey = tuple[UUID, UUID, int, UUID | None, UUID | None]


class AccessCache:
    """Stored roles of viewers whose access was checked within the last ``lifetime`` seconds."""

    def __init__(self, lifetime: float = LIFETIME, clock: Callable[[], float] = time.monotonic) -> None:
        self.changes = 0
        """Number of announced changes. A check that began before the last one is not kept."""
        self._lifetime = lifetime
        self._clock = clock
        self._checked: OrderedDict[ViewerKey, tuple[str, float]] = OrderedDict()

    def current(self, viewer: Viewer) -> Viewer:
        """Return the viewer in the stored role, if that is known."""
        found = self._checked.get(_key(viewer))
        return viewer if found is None or found[0] == viewer.role else replace(viewer, role=found[0])

    def has(self, viewer: Viewer) -> bool:
        """Return True if the viewer was checked in this role, and its entry has not expired."""
        found = self._checked.get(_key(viewer))
        return found is not None and found[0] == viewer.role and self._clock() < found[1]

    def began(self) -> tuple[int, float]:
        """Return the mark of a check that begins now, for ``keep``."""
        return self.changes, self._clock()

    def keep(self, viewer: Viewer, mark: tuple[int, float]) -> None:
        """Keep a viewer whose check has succeeded, unless a change was announced since it began."""
        changes, began = mark
        if changes != self.changes:
            return
        self._checked[_key(viewer)] = viewer.role, began + self._lifetime
        if len(self._checked) > MOST_VIEWERS:
            self._checked.popitem(last=False)

    def drop(self, id: UUID | None = None) -> None:
        """Drop the entries of a user, session or API key with this ID, or without it all entries."""
        self.changes += 1
        if id is None:
            self._checked.clear()
        else:
            for key in [key for key in self._checked if id in (key[1], key[3], key[4])]:
                del self._checked[key]


def _key(viewer: Viewer) -> ViewerKey:
    return viewer.organization_id, viewer.user_id, viewer.credentials_version, viewer.session_id, viewer.key_id
