"""Rules of workers, tested without GraphQL."""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from graphql_app.errors import Conflict, Denied, Invalid, NotFound
from graphql_app.identity.models import User
from graphql_app.identity.rules import users
from schema.people import rules as workers
from schema.people.models import Worker
from tests.support.organizations import id_of
from tests.support.passwords import HASH
from tests.support.rule_runner import Ruling, refusal

OWNER, MANAGER, MEMBER, GONE = (id_of("users", number) for number in range(4))
RATE = Decimal("42.50")
LINKED, UNLINKED, LEFT = id_of("workers", 2), id_of("workers", 4), id_of("workers", 3)


async def newcomer(ruling: Ruling) -> User:
    """Create a user without a worker."""
    return await ruling.run(
        lambda tx: users.create_user(tx, name="Zoe", email="zoe@example.com", password_hash=HASH), by=OWNER
    )


async def link(ruling: Ruling, id: UUID, user_id: UUID, actor: UUID = MANAGER) -> Worker:
    """Link a worker to a user."""
    return await ruling.run(lambda tx: workers.link_worker(tx, id=id, user_id=user_id), by=actor)


async def test_managers_create_workers_with_and_without_users(ruling: Ruling) -> None:
    user = await newcomer(ruling)
    worker = await ruling.run(
        lambda tx: workers.create_worker(tx, name="Zoe", hourly_rate=RATE, user_id=user.id), by=MANAGER
    )
    assert (worker.name, worker.hourly_rate, worker.user_id) == ("Zoe", RATE, user.id)
    gone = ruling.run(lambda tx: workers.create_worker(tx, name="Zoe", hourly_rate=RATE, user_id=GONE), by=MANAGER)
    assert await refusal(gone) == [(Invalid, ("userId",))]


@pytest.mark.parametrize(
    ("actor", "id", "changes", "refused"),
    [
        (MANAGER, LINKED, {"name": "Mia", "hourly_rate": RATE}, None),
        (MEMBER, LINKED, {"name": "Mia"}, None),
        (MEMBER, UNLINKED, {"name": "Mia"}, (Denied, ("id",))),
        (MANAGER, uuid4(), {"name": "Mia"}, (NotFound, ("id",))),
        (MANAGER, LINKED, {"name": "Mia", "expected_version": 9}, (Conflict, ("expectedVersion",))),
    ],
)
async def test_workers_may_change_their_names_and_managers_everything(
    ruling: Ruling, actor: UUID, id: UUID, changes: dict[str, object], refused: object
) -> None:
    role = "MEMBER" if actor == MEMBER else "MANAGER"
    updating = ruling.run(lambda tx: workers.update_worker(tx, id=id, **changes), by=actor, role=role)  # type: ignore[arg-type]
    if refused is None:
        worker = await updating
        assert {name: getattr(worker, name) for name in changes} == changes
    else:
        assert await refusal(updating) == [refused]


async def test_a_worker_is_deactivated_and_reactivated_once(ruling: Ruling) -> None:
    async def deactivate() -> Worker:
        return await ruling.run(lambda tx: workers.deactivate_worker(tx, id=LINKED), by=MANAGER)

    async def reactivate() -> Worker:
        return await ruling.run(lambda tx: workers.reactivate_worker(tx, id=LINKED), by=MANAGER)

    assert (await deactivate()).deactivated_at is not None
    assert await refusal(deactivate()) == [(Conflict, ("id",))]
    assert (await reactivate()).deactivated_at is None
    assert await refusal(reactivate()) == [(Conflict, ("id",))]


async def test_a_worker_is_linked_to_one_user_and_a_user_to_one_worker(ruling: Ruling) -> None:
    user = await newcomer(ruling)
    assert (await link(ruling, UNLINKED, user.id)).user_id == user.id
    assert await refusal(link(ruling, LINKED, user.id)) == [(Invalid, ("userId",))]
    assert await refusal(link(ruling, LINKED, GONE)) == [(Invalid, ("userId",))]
    unlink = ruling.run(lambda tx: workers.unlink_worker(tx, id=UNLINKED), by=MANAGER)
    assert (await unlink).user_id is None
    again = ruling.run(lambda tx: workers.unlink_worker(tx, id=UNLINKED), by=MANAGER)
    assert await refusal(again) == [(Invalid, ("id",))]
