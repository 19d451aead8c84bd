"""First organization and its owner: the seed of applications without a module ``seed``.

Such a module has the same names: ``Sizes``, ``seed``, ``is_empty``, ``OWNER_EMAIL`` and ``DEMO_PASSWORD``.
"""

from collections.abc import Callable
from dataclasses import dataclass

from argon2 import PasswordHasher
from sqlalchemy import func, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_app.identity.models import Identity, Organization, User, UserRole
from graphql_app.identity.passwords import SOUND
from graphql_app.models.base import new_id
from graphql_app.postgres.errors import PostgresError
from graphql_app.postgres.roles import SYSTEM

__all__ = [
    "DEMO_PASSWORD",
    "NotEmpty",
    "Progress",
    "act_as_system",
    "demo_password_hash",
    "is_empty",
    "refuse_unless_empty",
]

OWNER_EMAIL = "owner@example.com"
"""Address of the first organization's owner. Those of further organizations are numbered."""
DEMO_PASSWORD = "workline-demo"  # noqa: S105 (published in the documentation)
"""Published password of the users of demo data."""
SALT = b"workline seed 01"
type Progress = Callable[[str, int, int], None]
"""Function that is called with (part, done, total) at each progress."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Amounts of data. Each field, with its help text in ``metadata["help"]``, is an option of ``workline seed``."""


class NotEmpty(PostgresError):
    """Database with organizations, to which generated ones must not be added by accident."""

    def __init__(self, organizations: int) -> None:
        super().__init__(f"The database has organizations already ({organizations}). Nothing was added.")


def demo_password_hash() -> str:
    """Return the stored hash of DEMO_PASSWORD. Takes about a tenth of a second.

    Its salt is fixed, so that the data is always the same. A published password needs no secret salt.
    """
    hasher = PasswordHasher(time_cost=SOUND.passes, memory_cost=SOUND.memory, parallelism=SOUND.lanes)
    return hasher.hash(DEMO_PASSWORD, salt=SALT)


async def is_empty(connection: AsyncConnection) -> bool:
    """Return True if there is no organization.

    ``connection`` is in no transaction, and has the rights that ``seed`` needs.
    """
    async with connection.begin():
        await act_as_system(connection)
        return await count_organizations(connection) == 0


async def act_as_system(connection: AsyncConnection) -> None:
    """See every organization's rows until the transaction ends. Row-level security binds even the owner."""
    await connection.execute(text(f"SET LOCAL ROLE {SYSTEM}"))


async def count_organizations(connection: AsyncConnection) -> int:
    """Return the number of organizations."""
    return int(await connection.scalar(text("SELECT count(*) FROM organizations")) or 0)


async def refuse_unless_empty(connection: AsyncConnection) -> None:
    """Raise NotEmpty if there is any organization."""
    if organizations := await count_organizations(connection):
        raise NotEmpty(organizations)


async def seed(connection: AsyncConnection, sizes: Sizes, progress: Progress, *, add: bool = False) -> None:
    """Create an organization with an owner that can log in, in one transaction.

    Raises NotEmpty if there is an organization. With ``add``, adds another one.
    """
    async with connection.begin():
        await act_as_system(connection)
        if not add:
            await refuse_unless_empty(connection)
        number = await count_organizations(connection)
        email = OWNER_EMAIL if not number else OWNER_EMAIL.replace("@", f"{number + 1}@")
        organization, identity = new_id(), new_id()
        await connection.execute(insert(Organization).values(id=organization, name="My organization"))
        login = {"email": email, "password_hash": demo_password_hash(), "verified_at": func.now()}
        await connection.execute(insert(Identity).values(id=identity, **login))
        owner = {"name": "Owner", "email": email, "role": UserRole.OWNER, "identity_id": identity}
        await connection.execute(insert(User).values(organization_id=organization, id=new_id(), **owner))
    progress("organizations", 1, 1)
