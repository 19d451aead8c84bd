"""Supervision of the embedded server, which is restarted after a crash."""

import threading
from collections.abc import Callable
from typing import Self

from graphql_app.postgres.embedded.server import EmbeddedPostgres
from graphql_app.postgres.errors import EmbeddedError

INTERVAL = 0.25
LONGEST_PAUSE = 15.0


class Watch:
    """Thread that restarts ``server`` after a crash while the context is entered, and reports it with ``say``.

    A failed restart is retried, with increasing pauses up to ``LONGEST_PAUSE`` seconds, because a full disk may be
    freed.
    """

    def __init__(self, server: EmbeddedPostgres, say: Callable[[str], None], interval: float = INTERVAL) -> None:
        self._server = server
        self._say = say
        self._interval = interval
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="embedded-postgres", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        pause = self._interval
        while not self._over.wait(pause):
            pause = self._interval if self._look() else min(2 * pause, LONGEST_PAUSE)

    def _look(self) -> bool:
        try:
            if self._server.revive():
                self._say("The embedded PostgreSQL had died and was started again.")
        except (EmbeddedError, OSError) as error:
            self._say(f"The embedded PostgreSQL has died. {error}")
            return False
        return True
