"""What can be done with workers: they come, change, take no more tasks, and may be a user."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import TypedDict, Unpack
from uuid import UUID

from graphql_app.database.database import Database
from graphql_app.errors import Conflict, Denied, Invalid
from schema.people.models import User, Worker
from schema.people.rules import rights


class Changes(TypedDict, total=False):
    """What can be changed; what is left out stays as it is."""

    name: str
    hourly_rate: Decimal


async def create_worker(db: Database, *, name: str, hourly_rate: Decimal, user_id: UUID | None = None) -> Worker:
    """A new worker. Raises Denied; Invalid for a user who is another worker or was deactivated."""
    await rights.manager(db)
    if user_id is not None:
        await _check_is_active(db, user_id)
    worker = Worker(organization_id=db.organization_id, name=name, hourly_rate=hourly_rate, user_id=user_id)
    return await db.save(worker)


async def update_worker(
    db: Database, *, id: UUID, expected_version: int | None = None, **changes: Unpack[Changes]
) -> Worker:
    """A changed worker. Whoever is the worker may change the name; the rest those who manage people.

    Raises NotFound, Conflict, Denied.
    """
    actor = await rights.active(db)
    worker = await db.claim(Worker, id, expected_version)
    if not rights.manages(actor):
        if worker.user_id != actor.id:
            raise Denied("Only owners and managers may change other people.", "id")
        if "hourly_rate" in changes:
            raise Denied("Only owners and managers see and change rates.", "hourlyRate")
    return await db.change(worker, **changes)


async def deactivate_worker(db: Database, *, id: UUID, expected_version: int | None = None) -> Worker:
    """A worker who takes no more tasks. Those that they have stay theirs until somebody else is assigned.

    Raises NotFound; Conflict for one who is deactivated already; Denied.
    """
    worker = await _managed(db, id, expected_version)
    if worker.deactivated_at is not None:
        raise Conflict("This worker is already deactivated.", "id", model=Worker, id=id)
    return await db.change(worker, deactivated_at=datetime.now(UTC))


async def reactivate_worker(db: Database, *, id: UUID, expected_version: int | None = None) -> Worker:
    """A worker who takes tasks again. Raises NotFound; Conflict for one who is active; Denied."""
    worker = await _managed(db, id, expected_version)
    if worker.deactivated_at is None:
        raise Conflict("This worker is active.", "id", model=Worker, id=id)
    return await db.change(worker, deactivated_at=None)


async def link_worker(db: Database, *, id: UUID, user_id: UUID, expected_version: int | None = None) -> Worker:
    """A worker who is this user, in place of whoever they were.

    Raises NotFound; Conflict; Denied; Invalid for a user who is another worker or was deactivated.
    """
    worker = await _managed(db, id, expected_version)
    await _check_is_active(db, user_id)
    return await db.change(worker, user_id=user_id)


async def unlink_worker(db: Database, *, id: UUID, expected_version: int | None = None) -> Worker:
    """A worker who is no user. Raises NotFound; Conflict; Denied; Invalid for one who is none already."""
    worker = await _managed(db, id, expected_version)
    if worker.user_id is None:
        raise Invalid("This worker is no user.", "id")
    return await db.change(worker, user_id=None)


async def _managed(db: Database, id: UUID, expected_version: int | None) -> Worker:
    await rights.manager(db)
    return await db.claim(Worker, id, expected_version)


async def _check_is_active(db: Database, user_id: UUID) -> None:
    user = await db.find(User, user_id)
    if user is not None and user.deactivated_at is not None:
        raise Invalid("This user was deactivated.", "userId")
