"""Demo: two organizations, and the users that can log in to them.

North Repair repairs bicycles and household machines, South Studio designs. Each has an owner, a manager and a member
with predictable addresses, and all users of all generated organizations have one password.
"""

from argon2 import PasswordHasher

from graphql_app.identity.passwords import SOUND
from schema.seed.organizations import Business, business

NORTH: Business = business(0)
SOUTH: Business = business(1)

OWNER, MANAGER, MEMBER = "owner", "manager", "member"
"""Addresses of the first three users of every organization, before the ``@``."""
OWNER_EMAIL = NORTH.email(OWNER)
MANAGER_EMAIL = NORTH.email(MANAGER)
MEMBER_EMAIL = NORTH.email(MEMBER)
OTHER_OWNER_EMAIL = SOUTH.email(OWNER)
"""Owner of the other organization, without access to the first one."""
DEMO_PASSWORD = "workline-demo"  # noqa: S105 (published in the documentation)
SALT = b"workline seed 01"


def demo_password_hash() -> str:
    """Return the stored hash of DEMO_PASSWORD. Takes about a tenth of a second.

    Its salt is fixed, so that the data is always the same. A published password needs no secret salt.
    """
    hasher = PasswordHasher(time_cost=SOUND.passes, memory_cost=SOUND.memory, parallelism=SOUND.lanes)
    return hasher.hash(DEMO_PASSWORD, salt=SALT)
