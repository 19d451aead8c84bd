"""Who a request comes from."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Viewer:
    """A logged-in user, as the token says it. ``role`` is as it was when the token was issued."""

    user_id: UUID
    organization_id: UUID
    role: str
