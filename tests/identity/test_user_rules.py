"""Rules of users, tested without GraphQL: the last owner, and addresses that log in."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Conflict, Denied, Invalid, NotFound
from graphql_app.identity.models import User, UserRole
from graphql_app.identity.rules import users
from graphql_app.postgres.admin_connections import DriverConnection
from tests.support.organizations import ALPHA, BRAVO, id_of
from tests.support.passwords import HASH
from tests.support.rule_runner import Ruling, refusal, ruling_over

OWNER, MANAGER, MEMBER, GONE, OTHER_MANAGER = (id_of("users", number) for number in range(5))
NEW: dict[str, Any] = {"name": "Zoe", "email": " Zoe@Example.com ", "password_hash": HASH}


async def login(connection: DriverConnection, email: str) -> tuple[UUID, UUID] | None:
    """Return the organization and the user of a login address."""
    found = await connection.fetchrow("SELECT organization_id, user_id FROM find_login($1)", email)
    return None if found is None else (found["organization_id"], found["user_id"])


async def found(ruling: Ruling, email: str) -> tuple[UUID, UUID] | None:
    async with ruling.database.as_system() as connection:
        return await login(connection, email)


async def create(ruling: Ruling, actor: UUID = OWNER, **more: object) -> User:
    """Create a user as ``actor``."""
    values = {**NEW, **more}
    return await ruling.run(lambda tx: users.create_user(tx, **values), by=actor)


async def update(ruling: Ruling, actor: UUID, id: UUID, **changes: object) -> User:
    """Change a user as ``actor``."""
    return await ruling.run(lambda tx: users.update_user(tx, id=id, **changes), by=actor)  # type: ignore[arg-type]


async def give(ruling: Ruling, actor: UUID, id: UUID, role: UserRole) -> User:
    """Change the role of a user as ``actor``."""
    return await ruling.run(lambda tx: users.change_role(tx, id=id, role=role), by=actor)


async def deactivate(ruling: Ruling, actor: UUID, id: UUID) -> User:
    """Deactivate a user as ``actor``."""
    return await ruling.run(lambda tx: users.deactivate_user(tx, id=id), by=actor)


async def test_a_new_user_logs_in_with_their_address(ruling: Ruling) -> None:
    user = await create(ruling)
    assert (user.name, user.email, user.role, user.version) == ("Zoe", "Zoe@Example.com", UserRole.MEMBER, 1)
    assert await found(ruling, "zoe@example.com") == (ALPHA.organization, user.id)


@pytest.mark.parametrize("email", ["bravo.0@example.com", "BRAVO.0@EXAMPLE.COM"])
async def test_an_address_of_another_organization_is_taken_and_nothing_is_written(ruling: Ruling, email: str) -> None:
    assert await refusal(create(ruling, email=email)) == [(Invalid, ("email",))]
    assert await found(ruling, email) == (BRAVO.organization, id_of("users", 0))
    async with ruling.database.as_system() as connection:
        assert await connection.fetchval("SELECT count(*) FROM users WHERE name = 'Zoe'") == 0


async def test_the_error_does_not_reveal_the_organization_of_a_taken_address(ruling: Ruling) -> None:
    errors = set()
    for email in ("bravo.0@example.com", "alpha.1@example.com"):
        with pytest.raises(Invalid) as refused:
            await create(ruling, email=email)
        errors.add((str(refused.value), refused.value.path))
    assert len(errors) == 1


async def test_one_of_two_users_with_the_same_address_is_created(ruling: Ruling) -> None:
    async with ruling_over(ruling.database, BRAVO) as bravo:
        done = await asyncio.gather(create(ruling), create(bravo), return_exceptions=True)
    refused = [each for each in done if isinstance(each, BaseException)]
    assert [type(each) for each in refused] == [Invalid]


async def test_a_changed_address_replaces_the_old_one(ruling: Ruling) -> None:
    user = await update(ruling, OWNER, MEMBER, email="Mia@Example.com ")
    assert user.email == "Mia@Example.com"
    assert await found(ruling, "mia@example.com") == (ALPHA.organization, MEMBER)
    assert await found(ruling, "alpha.2@example.com") is None
    assert await refusal(update(ruling, OWNER, MEMBER, email="bravo.1@example.com")) == [(Invalid, ("email",))]
    assert await found(ruling, "mia@example.com") == (ALPHA.organization, MEMBER)


async def test_a_changed_password_replaces_only_the_user_s_old_one(ruling: Ruling) -> None:
    await update(ruling, OWNER, MEMBER, password_hash="new")
    async with ruling.database.as_system() as connection:
        rows = await connection.fetch(
            "SELECT organization_id, users.id FROM users JOIN identities ON identities.id = identity_id "
            "WHERE password_hash = 'new'"
        )
    assert [tuple(row) for row in rows] == [(ALPHA.organization, MEMBER)]


async def test_a_deactivated_user_gets_no_password(ruling: Ruling) -> None:
    assert await refusal(update(ruling, OWNER, GONE, password_hash=HASH)) == [(Invalid, ("password",))]


async def test_the_last_owner_keeps_the_role(ruling: Ruling) -> None:
    assert await refusal(give(ruling, OWNER, OWNER, UserRole.MEMBER)) == [(Invalid, ("role",))]
    assert (await give(ruling, OWNER, OWNER, UserRole.OWNER)).role == UserRole.OWNER
    await give(ruling, OWNER, MANAGER, UserRole.OWNER)
    assert (await give(ruling, OWNER, OWNER, UserRole.MEMBER)).role == UserRole.MEMBER
    assert await refusal(give(ruling, OWNER, MANAGER, UserRole.MEMBER)) == [(Denied, ())]
    assert await refusal(give(ruling, MANAGER, MANAGER, UserRole.MEMBER)) == [(Invalid, ("role",))]


async def test_a_deactivated_owner_does_not_count_as_an_owner(ruling: Ruling) -> None:
    await give(ruling, OWNER, MANAGER, UserRole.OWNER)
    await deactivate(ruling, OWNER, MANAGER)
    assert await refusal(give(ruling, OWNER, OWNER, UserRole.MEMBER)) == [(Invalid, ("role",))]


async def test_two_owners_cannot_both_give_up_the_role_concurrently(ruling: Ruling) -> None:
    await give(ruling, OWNER, MANAGER, UserRole.OWNER)
    steps = (give(ruling, each, each, UserRole.MEMBER) for each in (OWNER, MANAGER))
    done = await asyncio.gather(*steps, return_exceptions=True)
    assert sorted(type(each).__name__ for each in done) == ["Invalid", "User"]


async def test_two_owners_cannot_demote_each_other_concurrently(ruling: Ruling) -> None:
    await give(ruling, OWNER, MANAGER, UserRole.OWNER)
    steps = (give(ruling, OWNER, MANAGER, UserRole.MEMBER), give(ruling, MANAGER, OWNER, UserRole.MEMBER))
    done = await asyncio.gather(*steps, return_exceptions=True)
    assert sorted(type(each).__name__ for each in done) == ["Denied", "User"]


async def test_two_owners_cannot_deactivate_each_other_concurrently(ruling: Ruling) -> None:
    await give(ruling, OWNER, MANAGER, UserRole.OWNER)
    done = await asyncio.gather(
        deactivate(ruling, OWNER, MANAGER), deactivate(ruling, MANAGER, OWNER), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in done) == ["Denied", "User"]


async def test_a_deactivated_user_cannot_log_in_and_the_address_is_free(ruling: Ruling) -> None:
    assert (await deactivate(ruling, OWNER, MEMBER)).deactivated_at is not None
    assert await found(ruling, "alpha.2@example.com") is None
    async with ruling_over(ruling.database, BRAVO) as bravo:
        taken = await create(bravo, email="alpha.2@example.com")
    assert await found(ruling, "alpha.2@example.com") == (BRAVO.organization, taken.id)


async def test_invalid_deactivations_are_refused(ruling: Ruling) -> None:
    assert await refusal(deactivate(ruling, OWNER, OWNER)) == [(Invalid, ("id",))]
    assert await refusal(deactivate(ruling, OWNER, GONE)) == [(Conflict, ("id",))]
    assert await refusal(deactivate(ruling, OWNER, id_of("users", 6))) == [(NotFound, ("id",))]
    assert await refusal(deactivate(ruling, MEMBER, OTHER_MANAGER)) == [(Denied, ())]


async def test_a_reactivated_user_has_a_new_password_and_the_old_address_if_it_is_free(ruling: Ruling) -> None:
    async def reactivate(tx: WriteTransaction) -> User:
        return await users.reactivate_user(tx, id=MEMBER, password_hash="new")

    await deactivate(ruling, OWNER, MEMBER)
    assert (await ruling.run(reactivate)).deactivated_at is None
    assert await found(ruling, "alpha.2@example.com") == (ALPHA.organization, MEMBER)
    assert await refusal(ruling.run(reactivate)) == [(Conflict, ("id",))]
    await deactivate(ruling, OWNER, MEMBER)
    async with ruling_over(ruling.database, BRAVO) as bravo:
        await create(bravo, email="alpha.2@example.com")
    assert await refusal(ruling.run(reactivate)) == [(Invalid, ("email",))]
