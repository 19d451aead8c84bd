"""SQL that begins a transaction in one message, with its tenant and the viewer check; savepoints.

``SET LOCAL`` ends with the transaction, so no tenant leaks to the next borrower of the connection. Row-level security
policies read it. Within one simple query it costs PostgreSQL 1.5 microseconds (BEGIN and ROLLBACK: 18). ``SELECT
set_config(...)`` would cost 10, and a prepared statement a round trip.
"""

from uuid import UUID

__all__ = ["SHARE_TENANT"]

GENERIC = "SET LOCAL plan_cache_mode = force_generic_plan"
"""Plans statements once for all values.

Planning a join of five tables costs PostgreSQL more than executing it for fifty rows, and with ``LIMIT $n`` PostgreSQL
never selects a generic plan in the mode ``auto`` (PostgreSQL manual, PREPARE and plan_cache_mode). If values matter,
``auto`` may select a generic plan wrongly, because it compares estimated costs only.
"""
CUSTOM = "SET LOCAL plan_cache_mode = force_custom_plan"
"""Plans statements for their values at each execution."""
AUTO = "SET LOCAL plan_cache_mode = auto"
"""Lets PostgreSQL select generic or custom plans."""
READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
"""Begins a transaction with one snapshot for all statements."""
WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
"""Begins a transaction whose statements see all data committed before them, and locked rows in their current state."""
SAVEPOINT = "; SAVEPOINT s1"
"""Sets the first savepoint, in the message of BEGIN."""
LOCK_TENANT = "; SELECT FROM organizations WHERE id = current_setting('app.org')::uuid FOR NO KEY UPDATE"
"""Locks the row of the organization, in the message of BEGIN, before any other row is locked."""
SHARE_TENANT = "; SELECT FROM organizations WHERE id = current_setting('app.org')::uuid FOR SHARE"
"""Locks the row of the organization in share mode."""

WRITE_EVENTS = "write_events"
"""Procedure that writes the events of a transaction."""


LONGEST_APPLICATION_NAME = 63
"""Bytes of PostgreSQL's setting ``application_name``."""


def application_name(base: str, operation: str, trace: str) -> str:
    """Return a statement that names an operation and its trace in pg_stat_activity, until the transaction ends.

    In the message of BEGIN it costs no round trip. A comment in each statement would defeat the prepared ones.
    """
    # PostgreSQL would cut off the trace, which is of more use than the end of a long name
    longest = max(0, LONGEST_APPLICATION_NAME - len(base) - len(trace) - 2)
    text = ":".join(filter(None, (base, operation[:longest], trace))).replace("'", "''")
    return f"; SET LOCAL application_name = '{text}'"


def beginning(mode: str, tenant: UUID | None, planning: str = "", check: str = "", name: str = "") -> str:
    """Return the statements that begin a transaction for ``tenant``. Without a tenant, the policies hide all rows.

    ``planning`` is the plan cache mode: ``GENERIC``, ``CUSTOM`` or ``AUTO``, or empty. ``check`` is the statement of
    :mod:`graphql_app.database.viewer_check`, or empty. ``name`` is a result of ``application_name``, or empty.
    """
    # the text of a UUID object contains only hex digits and dashes
    scope = "" if tenant is None else f"; SET LOCAL app.org = '{tenant}'"
    # the check precedes the plan cache mode, under which it would be planned again each time
    return f"{mode}{scope}{name}{check and f'; {check}'}{planning and f'; {planning}'}"


class Savepoints:
    """Savepoints of one transaction by depth, each with the number of statements sent before it."""

    def __init__(self) -> None:
        self.depth = 0
        """Number of entered savepoints."""
        self._set: dict[int, int] = {}

    def set_sql(self, sent: int) -> str:
        """Return SQL that sets the innermost savepoint; empty if it is set and no statement was sent since."""
        depth = self.depth
        if self._set.get(depth) == sent:
            return ""
        return f"{f'RELEASE SAVEPOINT s{depth}; ' if depth in self._set else ''}SAVEPOINT s{depth}"

    def rollback_sql(self, sent: int) -> str:
        """Return SQL that rolls back to the innermost savepoint and keeps it; empty if no statement was sent since."""
        return "" if self._set.get(self.depth, sent) == sent else f"ROLLBACK TO SAVEPOINT s{self.depth}"

    def record(self, sent: int, depth: int | None = None) -> None:
        """Record that the innermost savepoint (or the one at ``depth``) was set or restored, which ends deeper ones."""
        own = depth or self.depth
        self._set = {each: count for each, count in self._set.items() if each < own} | {own: sent}
