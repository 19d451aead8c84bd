"""The demo: two organizations to look around in, and who can log in to them.

North Repair mends bicycles and household machines, South Studio designs. Each has an owner, a manager and a member
with addresses that can be guessed, and all users of all made-up organizations have one password.
"""

from argon2 import PasswordHasher

from graphql_app.identity.hashes import SOUND
from schema.seed.businesses import Business, business

NORTH: Business = business(0)
SOUTH: Business = business(1)

OWNER, MANAGER, MEMBER = "owner", "manager", "member"
"""The addresses of the first three users of every organization, before the ``@``."""
OWNER_EMAIL = NORTH.email(OWNER)
MANAGER_EMAIL = NORTH.email(MANAGER)
MEMBER_EMAIL = NORTH.email(MEMBER)
OTHER_OWNER_EMAIL = SOUTH.email(OWNER)
"""The owner of the other organization, who sees nothing of the first one's."""
DEMO_PASSWORD = "workline-demo"  # noqa: S105 (known to everybody: it is in the documentation)
SALT = b"workline seed 01"


def demo_password_hash() -> str:
    """The hash that is stored for DEMO_PASSWORD. Takes about a tenth of a second.

    Its salt is fixed, so that the same data comes out each time: a password that everybody knows has nothing to hide.
    """
    hasher = PasswordHasher(time_cost=SOUND.passes, memory_cost=SOUND.memory, parallelism=SOUND.lanes)
    return hasher.hash(DEMO_PASSWORD, salt=SALT)
