"""Changes of stored users while their tokens last, and the answer to a token that counts no more."""

from typing import Any

from tests.support.organizations import ALPHA
from tests.support.workline import Workline

MANAGER, MEMBER = ALPHA.viewer("MANAGER"), ALPHA.viewer("MEMBER")
REFUSAL = {
    "errors": [
        {
            "message": "The bearer token is invalid or has expired. Log in again.",
            "extensions": {"code": "UNAUTHENTICATED"},
        }
    ]
}
"""The same as for a token that has expired."""


async def store(workline: Workline, changes: str, user: Any = MANAGER.user_id) -> None:
    """Change a user of Alpha's, past the API: ``role = 'MEMBER'``."""
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
