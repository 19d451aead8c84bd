"""Changes of stored users during the lifetime of their tokens, and the error that an ended token gets."""

from typing import Any

from tests.support.api import Workline
from tests.support.organizations import ALPHA

MANAGER, MEMBER = ALPHA.viewer("MANAGER"), ALPHA.viewer("MEMBER")
REFUSAL = {
    "errors": [
        {
            "message": "The bearer token is invalid or has expired. Log in again.",
            "extensions": {"code": "UNAUTHENTICATED"},
        }
    ]
}
"""Equal to the error of an expired token."""


async def store(workline: Workline, changes: str, user: Any = MANAGER.user_id) -> None:
    """Change a user of organization Alpha in the database: ``role = 'MEMBER'``."""
    async with workline.database.as_system() as connection:
        await connection.execute(
            f"UPDATE users SET {changes} WHERE organization_id = $1 AND id = $2",
            ALPHA.organization,
            user,
        )


async def deactivate(workline: Workline, user: Any = MANAGER.user_id) -> None:
    await store(workline, "deactivated_at = now()", user)


async def demote(workline: Workline) -> None:
    await store(workline, "role = 'MEMBER'")


async def promote(workline: Workline) -> None:
    await store(workline, "role = 'MANAGER'", MEMBER.user_id)
