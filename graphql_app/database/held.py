"""Rows of a transaction that no session knows, as long as nobody needs one.

What SQLAlchemy's session spends on a row is as much as PostgreSQL does, and most transactions read and write a few rows
by their keys. So a row waits here until there is a session, which then takes it as if it had loaded it itself.
"""

from collections.abc import Hashable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import instance_state


class Held:
    """The rows by their identity keys."""

    def __init__(self) -> None:
        self._rows: dict[Hashable, Any] = {}

    def __contains__(self, key: Hashable) -> bool:
        return key in self._rows

    def keep(self, row: Any) -> None:
        """Hold a row that was read, or written, as it is now."""
        self._rows[instance_state(row).key] = row

    @property
    def is_changed(self) -> bool:
        """Whether something was changed on a row since."""
        return any(instance_state(row).modified for row in self._rows.values())

    def join(self, session: AsyncSession) -> None:
        """Give all rows over to the session: what was changed on them is flushed by it."""
        session.add_all(self._rows.values())
        self._rows.clear()

    def forget(self) -> None:
        """The transaction is over: its rows go on as objects that belong to nobody."""
        self._rows.clear()
