"""What can be done with the organization itself."""

from typing import TypedDict, Unpack

from graphql_app.database.database import Database
from schema.people.models import Organization
from schema.people.rules import rights


class Changes(TypedDict, total=False):
    """What can be changed; what is left out stays as it is."""

    name: str
    currency: str


async def update_organization(
    db: Database, *, expected_version: int | None = None, **changes: Unpack[Changes]
) -> Organization:
    """The organization under another name or with another currency; rates are not converted. Raises Denied."""
    organization = await db.claim(Organization, db.organization_id, expected_version)
    await rights.owner(db)
    return await db.change(organization, **changes)
