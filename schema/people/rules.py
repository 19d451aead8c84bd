"""Rules of workers: creation, changes, deactivation, reactivation, link to a user, currency of the rates."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import TypedDict, Unpack
from uuid import UUID

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Conflict, Invalid
from graphql_app.identity.models import Organization, User
from schema.people.models import OrganizationSettings, Worker


class Changes(TypedDict, total=False):
    """Values that can be changed. Omitted ones stay as they are."""

    name: str
    hourly_rate: Decimal


async def create_worker(
    tx: WriteTransaction, *, name: str, hourly_rate: Decimal, user_id: UUID | None = None
) -> Worker:
    """Create a worker. Raises Invalid for a user that is another worker or was deactivated."""
    if user_id is not None:
        await _check_is_active(tx, user_id)
    worker = Worker(organization_id=tx.organization_id, name=name, hourly_rate=hourly_rate, user_id=user_id)
    return await tx.save(worker)


async def update_worker(
    tx: WriteTransaction, *, id: UUID, expected_version: int | None = None, **changes: Unpack[Changes]
) -> Worker:
    """Change a worker. Raises NotFound, Denied and Conflict."""
    return await tx.change(await tx.lock(Worker, id, expected_version), **changes)


async def deactivate_worker(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Worker:
    """Deactivate a worker, which then takes no more tasks. Assigned tasks stay until they are reassigned.

    Raises NotFound, and Conflict if the worker is already deactivated.
    """
    worker = await tx.lock(Worker, id, expected_version)
    if worker.deactivated_at is not None:
        raise Conflict("Worker is already deactivated.", "id", model=Worker, id=id)
    return await tx.change(worker, deactivated_at=datetime.now(UTC))


async def reactivate_worker(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Worker:
    """Reactivate a worker. Raises NotFound, and Conflict if the worker is active."""
    worker = await tx.lock(Worker, id, expected_version)
    if worker.deactivated_at is None:
        raise Conflict("Worker is already active.", "id", model=Worker, id=id)
    return await tx.change(worker, deactivated_at=None)


async def link_worker(tx: WriteTransaction, *, id: UUID, user_id: UUID, expected_version: int | None = None) -> Worker:
    """Link a worker to this user, in place of the present one.

    Raises NotFound, Conflict, and Invalid for a user that is another worker or was deactivated.
    """
    worker = await tx.lock(Worker, id, expected_version)
    await _check_is_active(tx, user_id)
    return await tx.change(worker, user_id=user_id)


async def unlink_worker(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Worker:
    """Unlink a worker from its user. Raises NotFound, Conflict, and Invalid if there is no user."""
    worker = await tx.lock(Worker, id, expected_version)
    if worker.user_id is None:
        raise Invalid("Worker is not linked to a user.", "id")
    return await tx.change(worker, user_id=None)


async def change_currency(tx: WriteTransaction, *, currency: str) -> Organization:
    """Change the currency of the hourly rates, whose amounts stay the same."""
    organization = await tx.lock(Organization, tx.organization_id)
    settings = await tx.find(OrganizationSettings, tx.organization_id)
    if settings is None:
        id = tx.organization_id
        await tx.save(OrganizationSettings(organization_id=id, id=id, currency=currency))
    else:
        await tx.change(settings, currency=currency)
    return organization


async def _check_is_active(tx: WriteTransaction, user_id: UUID) -> None:
    user = await tx.find(User, user_id)
    if user is not None and user.deactivated_at is not None:
        raise Invalid("User is deactivated.", "userId")
