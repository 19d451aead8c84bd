"""Invitations: messages after the commit, acceptance by new and by existing identities, and rights of owners."""

import asyncio
from typing import Any

import pytest

from tests.identity.test_password_changes import EMAIL, INVALID_TOKEN, codes, token_in
from tests.identity.test_sessions import is_refused, log_in, viewer_of
from tests.support.api import OWNER, Json, Workline
from tests.support.organizations import ALPHA, BRAVO, id_of
from tests.support.passwords import PASSWORD

ERRORS = "errors { code path }"
INVITE = f"mutation ($i: InviteUserInput!) {{ inviteUser(input: $i) {{ invitation {{ id version }} {ERRORS} }} }}"
RESEND = f"mutation ($i: ResendInvitationInput!) {{ resendInvitation(input: $i) {{ {ERRORS} }} }}"
REVOKE = f"mutation ($i: RevokeInvitationInput!) {{ revokeInvitation(input: $i) {{ deletedId {ERRORS} }} }}"
ACCEPT = f"""mutation ($i: AcceptInvitationInput!) {{
  acceptInvitation(input: $i) {{ organizationId email {ERRORS} }} }}"""
LIST = "{ invitations { nodes { email role invitedBy { id } } totalCount } }"
ZOE = "zoe@example.com"
NEW: Json = {"name": "Zoe", "email": "Zoe@Example.com", "role": "MANAGER"}


@pytest.fixture
async def inviting(own_workline: Workline) -> Workline:
    """Provide organizations without open invitations."""
    async with own_workline.database.as_system() as connection:
        await connection.execute("DELETE FROM invitations")
    return own_workline


async def invite(workline: Workline, **changes: Any) -> str:
    """Invite an address, and return the token of the message."""
    payload = (await workline.fetch(INVITE, OWNER, i={**NEW, **changes}))["inviteUser"]
    assert payload["errors"] == []
    (message,) = await workline.postbox.messages()
    return token_in(message.get_content())


async def accept(workline: Workline, token: str, viewer: Any = None, **password: str) -> Json:
    payload: Json = (await workline.fetch(ACCEPT, viewer, i={"token": token, **password}))["acceptInvitation"]
    return payload


async def role_of(workline: Workline, email: str, **login: str) -> tuple[str, str]:
    """Log in, and return the organization and the role of the viewer."""
    viewer = viewer_of(workline, await log_in(workline, email, **login))
    return str(viewer.organization_id), viewer.role


async def test_a_new_address_accepts_with_a_password_and_is_verified(inviting: Workline) -> None:
    token = await invite(inviting)
    assert codes(await accept(inviting, token)) == [("NEW_PASSWORD_REQUIRED", "password")]
    assert codes(await accept(inviting, token, password="short")) == [("INVALID", "password")]
    assert codes(await accept(inviting, token, password="ZOE@example.com")) == [("PASSWORD_IS_ADDRESS", "password")]
    assert await accept(inviting, token, password=PASSWORD) == {
        "organizationId": str(ALPHA.organization),
        "email": ZOE,
        "errors": [],
    }
    assert await role_of(inviting, ZOE) == (str(ALPHA.organization), "MANAGER")
    assert codes(await accept(inviting, token, password=PASSWORD)) == INVALID_TOKEN
    assert (await inviting.fetch(LIST))["invitations"]["totalCount"] == 0


async def test_an_existing_identity_accepts_with_its_own_password(inviting: Workline) -> None:
    token = await invite(inviting, email="bravo.1@example.com", role="MEMBER")
    assert codes(await accept(inviting, token)) == [("PASSWORD_REQUIRED", "password")]
    assert codes(await accept(inviting, token, password="another password")) == [("INVALID", "password")]
    assert codes(await accept(inviting, token, password=PASSWORD)) == []
    login = {"organizationId": str(ALPHA.organization)}
    assert await role_of(inviting, "bravo.1@example.com", **login) == (str(ALPHA.organization), "MEMBER")
    login = {"organizationId": str(BRAVO.organization)}
    assert await role_of(inviting, "bravo.1@example.com", **login) == (str(BRAVO.organization), "MANAGER")


async def test_an_existing_identity_accepts_with_its_own_session(inviting: Workline) -> None:
    token = await invite(inviting, email="bravo.1@example.com")
    stranger = viewer_of(inviting, await log_in(inviting, "bravo.2@example.com"))
    assert codes(await accept(inviting, token, stranger)) == [("PASSWORD_REQUIRED", "password")]
    session = await log_in(inviting, "bravo.1@example.com")
    gone = viewer_of(inviting, await log_in(inviting, "bravo.1@example.com"))
    await inviting.fetch("mutation { logOut(input: {}) { errors { code } } }", gone)
    assert codes(await accept(inviting, token, gone)) == [("PASSWORD_REQUIRED", "password")]
    assert codes(await accept(inviting, token, viewer_of(inviting, session))) == []


async def test_an_address_that_is_not_verified_gets_the_password_of_the_acceptance(inviting: Workline) -> None:
    """The password of an unverified sign-up may be that of another person."""
    token = await invite(inviting, email="bravo.1@example.com")
    async with inviting.database.as_system() as connection:
        await connection.execute("UPDATE identities SET verified_at = NULL WHERE email = 'bravo.1@example.com'")
    assert codes(await accept(inviting, token)) == [("NEW_PASSWORD_REQUIRED", "password")]
    assert codes(await accept(inviting, token, password="chosen by the address")) == []
    query = "mutation ($i: LogInInput!) { logIn(input: $i) { token } }"
    for password, is_right in ((PASSWORD, False), ("chosen by the address", True)):
        given = {"email": "bravo.1@example.com", "password": password}
        assert bool((await inviting.fetch(query, None, i=given))["logIn"]["token"]) is is_right


async def test_a_deactivated_user_is_reactivated_by_an_invitation(inviting: Workline) -> None:
    member = str(id_of("users", 2))
    deactivate = "mutation ($id: ID!) { deactivateUser(input: {id: $id}) { errors { code } } }"
    await inviting.fetch(deactivate, id=member)
    token = await invite(inviting, email="Alpha.2@example.com", name="Mia", role="MANAGER")
    assert codes(await accept(inviting, token, password=PASSWORD)) == []
    viewer = viewer_of(inviting, await log_in(inviting, "alpha.2@example.com"))
    assert (str(viewer.user_id), viewer.role) == (member, "MANAGER")


async def test_one_of_two_concurrent_acceptances_succeeds(inviting: Workline) -> None:
    token = await invite(inviting)
    done = await asyncio.gather(*(accept(inviting, token, password=PASSWORD) for _ in range(2)))
    assert sorted(map(codes, done)) == [[], INVALID_TOKEN]


async def test_only_owners_invite_and_see_invitations(inviting: Workline) -> None:
    await invite(inviting)
    for role in ("MANAGER", "MEMBER"):
        viewer = ALPHA.viewer(role, 1 if role == "MANAGER" else 2)
        assert codes((await inviting.fetch(INVITE, viewer, i=NEW))["inviteUser"]) == [("FORBIDDEN", "")]
        assert (await inviting.fetch(LIST, viewer))["invitations"] == {"nodes": [], "totalCount": 0}
    listed = {"email": NEW["email"], "role": "MANAGER", "invitedBy": {"id": str(OWNER.user_id)}}
    assert (await inviting.fetch(LIST))["invitations"] == {"nodes": [listed], "totalCount": 1}
    assert (await inviting.fetch(LIST, BRAVO.viewer()))["invitations"]["totalCount"] == 0
    assert await inviting.postbox.messages() == []


async def test_an_active_user_and_an_invited_address_are_not_invited_again(inviting: Workline) -> None:
    await invite(inviting)
    for email in ("ALPHA.1@example.com", "zoe@EXAMPLE.com"):
        payload = (await inviting.fetch(INVITE, i={**NEW, "email": email}))["inviteUser"]
        assert codes(payload) == [("INVALID", "email")]
    assert await inviting.postbox.messages() == []


async def test_an_invitation_that_is_sent_again_has_another_token_and_a_new_time(inviting: Workline) -> None:
    first = await invite(inviting)
    async with inviting.database.as_system() as connection:
        id = str(await connection.fetchval("UPDATE invitations SET expires_at = now() RETURNING id"))
    assert codes(await accept(inviting, first, password=PASSWORD)) == INVALID_TOKEN
    stale = (await inviting.fetch(RESEND, i={"id": id, "expectedVersion": 9}))["resendInvitation"]
    assert codes(stale) == [("CONFLICT", "expectedVersion")]
    assert codes((await inviting.fetch(RESEND, i={"id": id}))["resendInvitation"]) == []
    (message,) = await inviting.postbox.messages()
    assert codes(await accept(inviting, first, password=PASSWORD)) == INVALID_TOKEN
    assert codes(await accept(inviting, token_in(message.get_content()), password=PASSWORD)) == []


async def test_a_revoked_invitation_cannot_be_accepted(inviting: Workline) -> None:
    token = await invite(inviting)
    async with inviting.database.as_system() as connection:
        id = str(await connection.fetchval("SELECT id FROM invitations"))
    assert (await inviting.fetch(REVOKE, i={"id": id}))["revokeInvitation"] == {"deletedId": id, "errors": []}
    assert codes(await accept(inviting, token, password=PASSWORD)) == INVALID_TOKEN


async def test_a_call_that_is_rolled_back_sends_no_message(inviting: Workline) -> None:
    both = """mutation ($a: InviteUserInput!, $b: InviteUserInput!) @transaction {
      a: inviteUser(input: $a) { errors { code } } b: inviteUser(input: $b) { errors { code } }
    }"""
    await inviting.fetch(both, a=NEW, b={**NEW, "email": EMAIL})
    assert await inviting.postbox.messages() == []
    await inviting.fetch(both, a=NEW, b={**NEW, "email": "yan@example.com"})
    assert sorted(each["To"] for each in await inviting.postbox.messages()) == ["yan@example.com", ZOE]


async def test_a_repeated_call_with_a_key_sends_one_message(inviting: Workline) -> None:
    keyed = INVITE.replace("(input: $i)", '(input: $i) @idempotent(key: "once")')
    for _ in range(2):
        assert codes((await inviting.fetch(keyed, i=NEW))["inviteUser"]) == []
    assert len(await inviting.postbox.messages()) == 1


async def test_wrong_tokens_are_limited(inviting: Workline) -> None:
    here = inviting.at("192.0.2.1")
    for _ in range(10):
        assert codes(await accept(here, "wrong", password=PASSWORD)) == INVALID_TOKEN
    given = {"token": "wrong", "password": PASSWORD}
    assert (await here.refuse(ACCEPT, None, i=given))["code"] == "RATE_LIMITED"


async def test_acceptance_keeps_role_and_sessions_of_an_active_user(inviting: Workline) -> None:
    """An address that became a user after it was invited."""
    token, create = (
        await invite(inviting),
        "mutation ($i: CreateUserInput!) { createUser(input: $i) { errors { code } } }",
    )
    given = {"name": "Zoe Smith", "email": ZOE, "password": PASSWORD, "role": "MEMBER"}
    assert (await inviting.fetch(create, i=given))["createUser"]["errors"] == []
    viewer = viewer_of(inviting, await log_in(inviting, ZOE))
    assert codes(await accept(inviting, token, viewer)) == []
    assert not await is_refused(inviting, viewer)
    assert (await role_of(inviting, ZOE))[1] == "MEMBER"
