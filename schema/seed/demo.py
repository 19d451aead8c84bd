"""Demo: two organizations, and the users that can log in to them.

North Repair repairs bicycles and household machines, South Studio designs. Each has an owner, a manager and a member
with predictable addresses, and all users of all generated organizations have one password.
"""

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
