"""Check of the viewer against the stored user, sent to PostgreSQL together with BEGIN.

During the lifetime of a token, its user may be deactivated or get another role or password. Every transaction of an
operation therefore begins with a call of the procedure ``check_viewer``, in the same message. It raises an exception
unless the user is active, the role and the credentials version match the viewer's, and the session is open and the API
key valid, if the viewer has one. A committed change applies to every transaction that begins after it. A server omits
the check of a read whose viewer was checked in the last seconds, see :mod:`graphql_app.database.access_cache`; a write
is always checked.

CALL was the fastest variant measured. A prepared statement costs the same and does not work behind a pooler. A function
in a SELECT costs 1.7 times as much, and a plain query, which is planned each time, 4 times.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from asyncpg import PostgresError

from graphql_app.database.access_cache import AccessCache
from graphql_app.database.connection import PooledConnection
from graphql_app.database.transaction_sql import WRITE
from graphql_app.errors import InvalidToken, RequestError, RoleChanged
from graphql_app.sql.row_rules import Audience, audience_of
from graphql_app.viewer import Viewer

ACCESS_ENDED = "WL001"
"""SQLSTATE for a user that is inactive or unknown, or has new credentials."""
ROLE_DIFFERS = "WL002"
"""SQLSTATE for an active user with another stored role; the message is the role."""
ROLE_CHANGES = 3
"""Maximum number of restarts of an operation, or a write, after changes of the viewer's stored role."""


@dataclass(slots=True)
class Access:
    """Viewer of an operation, and the result of its check. Without a viewer, there is no check."""

    viewer: Viewer | None = None
    """Contains the stored role once it is known."""
    error: RequestError | None = None
    """Error of the check, which prevents further transactions."""
    is_checked: bool = False
    """True if the check has succeeded, now or in the last seconds."""
    cache: AccessCache | None = None
    """Viewers that were checked in the last seconds. None: every transaction checks its viewer."""

    @property
    def viewer_id(self) -> UUID | None:
        """ID of the user."""
        return None if self.viewer is None else self.viewer.user_id

    @property
    def audience(self) -> Audience | None:
        """Audience of the statements for the viewer; None if no rule restricts the viewer."""
        return audience_of(self.viewer)

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
        """Begin a transaction for the viewer; ``then`` is passed to ``PooledConnection.begin``.

        Raises InvalidToken or RoleChanged, and the same error when called again.
        """
        if self.error is not None:
            raise self.error
        viewer, cache = self.viewer, self.cache
        is_known = cache is not None and viewer is not None and mode != WRITE and not role_only and cache.has(viewer)
        mark = None if cache is None or is_known else cache.began()
        try:
            check = "" if is_known else self.check(role_only=role_only)
            await connection.begin(mode, tenant, planning, check, then)
        except PostgresError as error:
            self.error = access_error(error)
            raise self.error or error from None
        self.is_checked = viewer is not None
        if cache is not None and viewer is not None and mark is not None and not role_only:
            cache.keep(viewer, mark)

    async def begin_write(self, connection: PooledConnection, tenant: UUID | None, then: str = "") -> None:
        """Begin a write in the stored role, on which nothing has depended so far. Raises InvalidToken."""
        for attempt in range(ROLE_CHANGES + 1):
            try:
                await self.begin(connection, WRITE, tenant, then=then)
            except RoleChanged as changed:
                if attempt == ROLE_CHANGES:
                    raise
                self.take_role(changed)
            else:
                return

    def check(self, *, role_only: bool = False) -> str:
        """Return the statement that checks the viewer; empty without one.

        ``role_only`` is for reading after the operation's own commit. The viewer's access was checked when that
        transaction began, and the transaction may have ended it, for example by a change of the password.
        """
        viewer = self.viewer
        if viewer is None:
            return ""
        # the text of a UUID object contains only hex digits and dashes
        version = "NULL" if role_only else f"{viewer.credentials_version:d}"
        session = "" if role_only or viewer.session_id is None else f", session_id => '{viewer.session_id}'"
        key = "" if role_only or viewer.key_id is None else f", key_id => '{viewer.key_id}'"
        role = viewer.role.replace("'", "''")
        return f"CALL check_viewer('{viewer.organization_id}', '{viewer.user_id}', '{role}', {version}{session}{key})"

    def take_role(self, changed: RoleChanged) -> None:
        """Continue in the stored role."""
        assert self.viewer is not None
        self.viewer = replace(self.viewer, role=changed.role)
        self.error = None


def access_error(error: PostgresError) -> RequestError | None:
    """Return the request error of a failed check, or None for any other error."""
    if error.sqlstate == ACCESS_ENDED:
        return InvalidToken()
    return RoleChanged(str(error)) if error.sqlstate == ROLE_DIFFERS else None
