"""Texts that begin a transaction, in one message with its tenant and the check of the viewer, and its savepoints.

``SET LOCAL`` ends with the transaction, so a pooled connection cannot carry one operation's organization into the
next. The row-level security policies read it. As text in one simple query it costs PostgreSQL 1.5 microseconds, where
BEGIN and ROLLBACK cost 18; ``SELECT set_config(...)`` in its place costs 10, and a prepared one a round trip.
"""

from uuid import UUID

GENERIC = "SET LOCAL plan_cache_mode = force_generic_plan"
"""Statements are planned once for all values.

Planning a join of five tables costs PostgreSQL more than running it for fifty rows, and with ``LIMIT $n`` it never
chooses a generic plan by itself (PostgreSQL manual, PREPARE and plan_cache_mode). Where values matter it chooses one
that it should not: it compares costs that it expects of all values, and has forgotten those that it saw.
"""
CUSTOM = "SET LOCAL plan_cache_mode = force_custom_plan"
"""Statements are planned for their values each time."""
AUTO = "SET LOCAL plan_cache_mode = auto"
"""PostgreSQL chooses."""
READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
"""One snapshot for all statements."""
WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
"""Each statement sees what was committed before it, and locked rows as they are."""
SAVEPOINT = "; SAVEPOINT s1"
"""Sets the first savepoint, in the message of a BEGIN."""
LOCK_TENANT = "; SELECT FROM organizations WHERE id = current_setting('app.org')::uuid FOR NO KEY UPDATE"
"""Locks the row of the transaction's organization, in the message of a BEGIN: a lock that has to be taken first."""
SHARE_TENANT = "; SELECT FROM organizations WHERE id = current_setting('app.org')::uuid FOR SHARE"
"""Locks it against transactions that lock it, beside others that share it."""


def beginning(mode: str, tenant: UUID | None, planning: str = "", check: str = "") -> str:
    """Return the statements that begin a transaction for ``tenant``; without one, the policies show no organization.

    ``planning`` says how its statements are planned: ``GENERIC``, ``CUSTOM`` or ``AUTO``, or empty.
    ``check`` is that of :mod:`graphql_app.database.access`, or empty.
    """
    # the tenant is a UUID object: its text can hold nothing but hex digits and dashes
    scope = "" if tenant is None else f"; SET LOCAL app.org = '{tenant}'"
    # before the planning is set, which would have the check planned anew each time
    checked = f"{mode}{scope}; {check}" if check else f"{mode}{scope}"
    return f"{checked}; {planning}" if planning else checked


class Savepoints:
    """Savepoints of one transaction by their depths, each with the number of statements that were sent before it."""

    def __init__(self) -> None:
        self.depth = 0
        """How many are entered."""
        self._set: dict[int, int] = {}

    def setting(self, sent: int) -> str:
        """Return what sets the innermost one; empty if it is set already, and nothing was sent since."""
        depth = self.depth
        if self._set.get(depth) == sent:
            return ""
        return f"{f'RELEASE SAVEPOINT s{depth}; ' if depth in self._set else ''}SAVEPOINT s{depth}"

    def undoing(self, sent: int) -> str:
        """Return what undoes everything since the innermost one, which stays set; empty if there is nothing to undo."""
        return "" if self._set.get(self.depth, sent) == sent else f"ROLLBACK TO SAVEPOINT s{self.depth}"

    def stand(self, sent: int, depth: int | None = None) -> None:
        """Note that the innermost one, or that of ``depth``, was set or returned to: deeper ones are gone."""
        own = depth or self.depth
        self._set = {each: count for each, count in self._set.items() if each < own} | {own: sent}
