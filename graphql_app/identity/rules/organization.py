"""Rules of the organization itself."""

from typing import TypedDict, Unpack

from graphql_app.database.transaction import WriteTransaction
from graphql_app.identity.models import Organization


class OrganizationChanges(TypedDict, total=False):
    """Values that can be changed. Omitted ones stay as they are."""

    name: str


async def update_organization(
    tx: WriteTransaction, *, expected_version: int | None = None, **changes: Unpack[OrganizationChanges]
) -> Organization:
    """Change the name of the organization. Raises Conflict."""
    return await tx.update(Organization, tx.organization_id, expected_version, **changes)
