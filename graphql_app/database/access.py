"""Check of the viewer against the stored user, sent to PostgreSQL together with BEGIN.

A token outlives what it says: its user may be deactivated, get another role or another password. So every transaction
of an operation begins with a call of the procedure ``check_viewer``, in the same message. It raises an exception
unless the user is active and has the role and the version of the credentials that the viewer claims. A transaction
that begins after a change was committed is judged by that change.

The call is the cheapest form that was measured. Executing a prepared statement costs the same and does not work behind
a pooler, a function in a SELECT costs 1.7 times as much, and a plain query, which is planned each time, 4 times.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from asyncpg import PostgresError

from graphql_app.database.connection import PooledConnection
from graphql_app.database.transaction_sql import WRITE
from graphql_app.errors import InvalidToken, RequestError, RoleChanged
from graphql_app.viewer import Viewer

ACCESS_ENDED = "WL001"
"""SQLSTATE for a user that is deactivated or unknown, or has other credentials."""
ROLE_DIFFERS = "WL002"
"""SQLSTATE for an active user of another stored role, which is the error's message."""
ROLE_CHANGES = 3
"""Most changes of the viewer's stored role for which an operation, or a write, begins again."""


@dataclass(slots=True)
class Access:
    """The viewer of an operation, and the database's word on it. Without a viewer, nothing is checked."""

    viewer: Viewer | None = None
    """In the stored role, once that is known."""
    error: RequestError | None = None
    """Why no transaction can be begun for the viewer as it is."""
    is_checked: bool = False
    """True if the viewer was confirmed as it is."""

    async def begin(
        self,
        connection: PooledConnection,
        mode: str,
        tenant: UUID | None,
        planning: str = "",
        *,
        role_only: bool = False,
        then: str = "",
    ) -> None:
        """Begin a transaction for the viewer; ``then`` is that of a connection's ``begin``.

        Raises InvalidToken and RoleChanged, and the same again when repeated.
        """
        if self.error is not None:
            raise self.error
        try:
            await connection.begin(mode, tenant, planning, self.check(role_only=role_only), then)
        except PostgresError as error:
            self.error = access_error(error)
            raise self.error or error from None
        self.is_checked = self.viewer is not None

    async def begin_write(self, connection: PooledConnection, tenant: UUID | None, then: str = "") -> None:
        """Begin a write, of which nothing has depended on the role so far, in the stored one. Raises InvalidToken."""
        for _ in range(ROLE_CHANGES):
            try:
                await self.begin(connection, WRITE, tenant, then=then)
            except RoleChanged as changed:
                self.take_role(changed)
            else:
                return
        await self.begin(connection, WRITE, tenant, then=then)

    def check(self, *, role_only: bool = False) -> str:
        """Return the statement that checks the viewer; empty without one.

        ``role_only`` is for reading what the operation itself has committed. The viewer's access was checked when that
        transaction began, and may have been ended by it, as by a change of one's own password.
        """
        viewer = self.viewer
        if viewer is None:
            return ""
        # ids are UUID objects: their text holds nothing but hex digits and dashes
        version = "NULL" if role_only else f"{viewer.credentials_version:d}"
        role = viewer.role.replace("'", "''")
        return f"CALL check_viewer('{viewer.organization_id}', '{viewer.user_id}', '{role}', {version})"

    def take_role(self, changed: RoleChanged) -> None:
        """Continue in the stored role."""
        assert self.viewer is not None
        self.viewer = replace(self.viewer, role=changed.role)
        self.error = None


def access_error(error: PostgresError) -> RequestError | None:
    """Return the error that a failed check stands for, or None for any other error."""
    if error.sqlstate == ACCESS_ENDED:
        return InvalidToken()
    return RoleChanged(str(error)) if error.sqlstate == ROLE_DIFFERS else None
