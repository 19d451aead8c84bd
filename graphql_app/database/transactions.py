"""How a transaction begins: its mode, tenant, check of the viewer and planning, in one message to PostgreSQL.

``SET LOCAL`` ends with the transaction, so a pooled connection cannot carry one operation's organization into the
next. The row-level security policies read it. As text in one simple query it costs PostgreSQL 1.5 microseconds, where
BEGIN and ROLLBACK cost 18; ``SELECT set_config(...)`` in its place costs 10, and a prepared one a round trip.
"""

from uuid import UUID

READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
"""One snapshot for all statements."""
WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
"""Each statement sees what was committed before it, and claimed rows as they are."""


def beginning(mode: str, tenant: UUID | None, planning: str = "", check: str = "") -> str:
    """Return the statements that begin a transaction for ``tenant``; without one, the policies show no organization.

    ``planning`` says how its statements are planned: one of :mod:`graphql_app.database.planning`, or nothing of it.
    ``check`` is that of :mod:`graphql_app.database.access`, or empty.
    """
    # the tenant is a UUID object: its text can hold nothing but hex digits and dashes
    scope = "" if tenant is None else f"; SET LOCAL app.org = '{tenant}'"
    # before the planning is set, which would have the check planned anew each time
    checked = f"{mode}{scope}; {check}" if check else f"{mode}{scope}"
    return f"{checked}; {planning}" if planning else checked
