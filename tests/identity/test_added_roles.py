"""Role that a project adds: in the enum of the API, in stored users, in invitations, filters and groups."""

from collections.abc import AsyncIterator

import pytest

import schema
from graphql_app.authorization import Role
from graphql_app.identity.models import UserRole
from graphql_app.models.columns import MOST_ADDED, _added
from graphql_app.types.schema import Api
from tests.identity.test_invitations import ACCEPT, INVITE
from tests.identity.test_password_changes import token_in
from tests.identity.test_sessions import log_in, viewer_of
from tests.support.api import Workline, serving
from tests.support.application import APPLICATION
from tests.support.databases import TestDatabase
from tests.support.organizations import id_of
from tests.support.passwords import PASSWORD

MEMBER = str(id_of("users", 2))
ACCOUNTANT = Role("ACCOUNTANT", "Reads the ledger.")


@pytest.fixture(scope="module")
def api() -> Api:
    """Return the API of the demo with another role."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "ROLES", (ACCOUNTANT,), raising=False)
        return APPLICATION.build()


@pytest.fixture
async def office(mode: None, api: Api, own_organizations: TestDatabase) -> AsyncIterator[Workline]:
    """Serve it, with a member that has become an accountant."""
    async with serving(api, own_organizations) as workline:
        change = "mutation ($i: ChangeRoleInput!) { changeRole(input: $i) { user { role } errors { code } } }"
        changed = await workline.fetch(change, i={"id": MEMBER, "role": "ACCOUNTANT"})
        assert changed["changeRole"] == {"user": {"role": "ACCOUNTANT"}, "errors": []}
        yield workline


def test_the_enum_of_the_schema_has_the_role_with_its_description(api: Api) -> None:
    assert '"""Reads the ledger."""\n  ACCOUNTANT\n}' in api.sdl
    assert "ACCOUNTANT" not in APPLICATION.build().sdl


async def test_a_user_with_the_role_logs_in_and_sees_what_a_member_sees(office: Workline) -> None:
    viewer = viewer_of(office, await log_in(office, "alpha.2@example.com"))
    assert viewer.role == "ACCOUNTANT"
    query = "{ viewer { role user { role } memberships { role } } accounts { totalCount } }"
    assert await office.fetch(query, viewer) == {
        "viewer": {"role": "ACCOUNTANT", "user": {"role": "ACCOUNTANT"}, "memberships": [{"role": "ACCOUNTANT"}]},
        "accounts": {"totalCount": 0},
    }


async def test_users_are_filtered_sorted_and_grouped_by_the_role(office: Workline) -> None:
    query = """query ($after: String) {
      users(filter: {role: {in: [ACCOUNTANT]}}) { nodes { id role } groups(by: [{field: ROLE}]) { key { role } count } }
      sorted: users(orderBy: [{role: {direction: ASC}}], first: 1, after: $after) {
        nodes { role } pageInfo { endCursor } }
    }"""
    data = await office.fetch(query)
    assert data["users"]["nodes"] == [{"id": MEMBER, "role": "ACCOUNTANT"}]
    assert data["users"]["groups"] == [{"key": {"role": "ACCOUNTANT"}, "count": 1}]
    assert data["sorted"]["nodes"] == [{"role": "ACCOUNTANT"}]
    following = await office.fetch(query, after=data["sorted"]["pageInfo"]["endCursor"])
    assert following["sorted"]["nodes"] == [{"role": "MANAGER"}]


async def test_an_address_is_invited_with_the_role(office: Workline) -> None:
    invited = {"name": "Zoe", "email": "zoe@example.com", "role": "ACCOUNTANT"}
    assert (await office.fetch(INVITE, i=invited))["inviteUser"]["errors"] == []
    (message,) = await office.postbox.messages()
    given = {"token": token_in(message.get_content()), "password": PASSWORD}
    assert (await office.fetch(ACCEPT, None, i=given))["acceptInvitation"]["errors"] == []
    assert viewer_of(office, await log_in(office, "zoe@example.com")).role == "ACCOUNTANT"


async def test_a_role_that_is_not_declared_is_no_value(office: Workline, workline: Workline) -> None:
    change = f'mutation {{ changeRole(input: {{id: "{MEMBER}", role: %s}}) {{ errors {{ code }} }} }}'
    assert (await office.refuse(change % "CUSTOMER"))["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert (await workline.refuse(change % "ACCOUNTANT"))["code"] == "GRAPHQL_VALIDATION_FAILED"


def test_an_added_role_is_one_value_and_a_member_stays_one() -> None:
    assert UserRole("ACCOUNTANT") is UserRole("ACCOUNTANT")
    assert (UserRole("ACCOUNTANT").name, UserRole("ACCOUNTANT") == "ACCOUNTANT") == ("ACCOUNTANT", True)
    assert UserRole("OWNER") is UserRole.OWNER
    assert [*UserRole] == [UserRole.OWNER, UserRole.MANAGER, UserRole.MEMBER]


def test_the_cached_values_of_texts_from_clients_are_bounded() -> None:
    for number in range(MOST_ADDED + 10):
        UserRole(f"FORGED_{number}")
    assert _added.cache_info().currsize == MOST_ADDED
