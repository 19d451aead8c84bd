"""Authenticated caller of a request."""

from dataclasses import dataclass
from uuid import UUID

__all__ = ["Viewer"]

ANY_VERSION = 0
"""Version of credentials that do not depend on the password of the user, such as API keys."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Logged-in user.

    A token contains the role and the credentials version at the time of issue. The stored values take precedence: see
    :mod:`graphql_app.database.viewer_check`.
    """

    user_id: UUID
    organization_id: UUID
    role: str
    credentials_version: int = 1
    """Incremented when the user's password changes, which invalidates earlier tokens; ANY_VERSION accepts each."""
    session_id: UUID | None = None
    """Session of the token; None for a token without a session, as issued by ``workline token``."""
    key_id: UUID | None = None
    """API key that the request was sent with; None without one."""
    scopes: frozenset[str] | None = None
    """Scopes of the API key that the request was sent with. None without a key: every scope."""
