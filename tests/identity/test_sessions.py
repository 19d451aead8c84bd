"""Sessions: refresh tokens, logout, revocation, several organizations, and tokens that have ended."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from graphql_app.identity.authentication import SessionTerms
from graphql_app.viewer import Viewer
from tests.support.api import Json, Workline
from tests.support.error_cases import Clients
from tests.support.organizations import ALPHA, BRAVO, id_of
from tests.support.passwords import PASSWORD

TOKENS = "token expiresAt refreshToken user { id } errors { code path }"
LOG_IN = f"mutation ($i: LogInInput!) {{ logIn(input: $i) {{ {TOKENS} }} }}"
REFRESH = f"mutation ($t: String!) {{ refreshSession(input: {{refreshToken: $t}}) {{ {TOKENS} }} }}"
LOG_OUT = "mutation ($all: Boolean) { logOut(input: {allDevices: $all}) { errors { code } } }"
REVOKE = "mutation ($id: ID!) { revokeSession(input: {id: $id}) { errors { code } } }"
SWITCH = """mutation ($id: ID!) {
  switchOrganization(input: {organizationId: $id}) { token user { id organization { id } } errors { code path } } }"""
SESSIONS = "{ viewer { sessions { id isCurrent client address organizationId } } }"
READ = "{ viewer { user { id } } }"
EMAIL = "alpha.0@example.com"
INVALID = {"token": None, "expiresAt": None, "refreshToken": None, "user": None}
ENDED = INVALID | {"errors": [{"code": "INVALID", "path": ["refreshToken"]}]}


async def log_in(workline: Workline, email: str = EMAIL, **more: object) -> Json:
    """Return the tokens of a new session."""
    given = {"email": email, "password": PASSWORD, **more}
    payload: Json = (await workline.fetch(LOG_IN, None, i=given))["logIn"]
    assert payload["errors"] == []
    return payload


async def refresh(workline: Workline, token: str) -> Json:
    """Return the payload of a refresh without an access token."""
    payload: Json = (await workline.fetch(REFRESH, None, t=token))["refreshSession"]
    return payload


def viewer_of(workline: Workline, payload: Json) -> Viewer:
    return workline.services.tokens.verify(payload["token"]).viewer


async def is_refused(workline: Workline, viewer: Viewer) -> bool:
    body = await workline.respond(READ, viewer)
    return [error["extensions"]["code"] for error in body.get("errors", ())] == ["UNAUTHENTICATED"]


async def join_bravo(workline: Workline, number: int = 0, role: str = "MEMBER") -> Viewer:
    """Make the identity of one of Alpha's users a member of Bravo. Return its viewer there."""
    member = id_of("users", BRAVO.rows - 1)
    async with workline.database.as_system() as connection:
        await connection.execute(
            "UPDATE users SET role = $3, deactivated_at = NULL, identity_id = (SELECT identity_id FROM users "
            "WHERE organization_id = $4 AND id = $5) WHERE organization_id = $1 AND id = $2",
            *(BRAVO.organization, member, role, ALPHA.organization, id_of("users", number)),
        )
    return Viewer(member, BRAVO.organization, role)


async def make_exchanges_older(workline: Workline, seconds: int) -> None:
    async with workline.database.as_system() as connection:
        await connection.execute(f"UPDATE refresh_tokens SET rotated_at = rotated_at - interval '{seconds} s'")


async def test_a_refresh_token_is_exchanged_for_new_tokens_of_the_same_session(own_workline: Workline) -> None:
    opened = await log_in(own_workline)
    refreshed = await refresh(own_workline, opened["refreshToken"])
    assert refreshed["errors"] == []
    assert refreshed["refreshToken"] != opened["refreshToken"]
    assert refreshed["user"] == {"id": str(OWNER_ID)}
    assert viewer_of(own_workline, refreshed) == viewer_of(own_workline, opened)
    assert not await is_refused(own_workline, viewer_of(own_workline, refreshed))


async def test_an_honest_retry_and_a_second_tab_within_30_seconds_get_tokens_of_their_own(
    own_workline: Workline,
) -> None:
    first = (await log_in(own_workline))["refreshToken"]
    lost, again = await refresh(own_workline, first), await refresh(own_workline, first)
    assert lost["refreshToken"] != again["refreshToken"]
    await make_exchanges_older(own_workline, 60)
    for token in (lost["refreshToken"], again["refreshToken"]):
        assert (await refresh(own_workline, token))["errors"] == []


async def test_reuse_of_a_token_that_was_exchanged_more_than_30_seconds_ago_ends_the_session(
    own_workline: Workline,
) -> None:
    opened = await log_in(own_workline)
    kept = await refresh(own_workline, opened["refreshToken"])
    await make_exchanges_older(own_workline, 31)
    assert await refresh(own_workline, opened["refreshToken"]) == ENDED
    assert await refresh(own_workline, kept["refreshToken"]) == ENDED
    assert await is_refused(own_workline, viewer_of(own_workline, kept))


async def test_concurrent_exchanges_of_one_token_all_succeed(own_workline: Workline) -> None:
    first = (await log_in(own_workline))["refreshToken"]
    done = await asyncio.gather(*(refresh(own_workline, first) for _ in range(5)))
    assert len({each["refreshToken"] for each in done}) == 5


@pytest.mark.parametrize("token", ["", "stolen", "x" * 10_000])
async def test_an_unknown_refresh_token_is_refused(workline: Workline, token: str) -> None:
    assert await refresh(workline, token) == ENDED


async def test_wrong_refresh_tokens_are_limited_by_the_client_address(own_workline: Workline) -> None:
    here = own_workline.at("192.0.2.1")
    for _ in range(10):
        assert await refresh(here, "wrong") == ENDED
    assert (await here.refuse(REFRESH, None, t="wrong"))["code"] == "RATE_LIMITED"
    assert await refresh(own_workline.at("192.0.2.2"), "wrong") == ENDED


async def test_a_session_that_was_not_used_for_its_lifetime_has_ended(own_workline: Workline) -> None:
    short = replace(own_workline.services, session_terms=SessionTerms(ttl=timedelta(0)))
    own_workline.executor._services = short
    opened = await log_in(replace(own_workline, services=short))
    assert await refresh(own_workline, opened["refreshToken"]) == ENDED


async def test_logging_out_ends_this_session_only(own_workline: Workline) -> None:
    here, there = await log_in(own_workline), await log_in(own_workline)
    leaving, staying = viewer_of(own_workline, here), viewer_of(own_workline, there)
    assert await own_workline.fetch(LOG_OUT, leaving) == {"logOut": {"errors": []}}
    assert await is_refused(own_workline, leaving)
    assert await refresh(own_workline, here["refreshToken"]) == ENDED
    assert not await is_refused(own_workline, staying)


async def test_logging_out_of_all_devices_ends_all_tokens_of_the_identity(own_workline: Workline) -> None:
    elsewhere = await join_bravo(own_workline)
    viewers = [viewer_of(own_workline, await log_in(own_workline)) for _ in range(2)]
    await own_workline.fetch(LOG_OUT, viewers[0], all=True)
    for viewer in (*viewers, ALPHA.viewer(), elsewhere):
        assert await is_refused(own_workline, viewer)
    assert not await is_refused(own_workline, ALPHA.viewer("MANAGER"))


async def test_the_sessions_of_the_identity_are_listed_and_can_be_revoked(own_workline: Workline) -> None:
    here = own_workline.at("192.0.2.7")
    lost, mine = viewer_of(here, await log_in(here)), viewer_of(here, await log_in(here))
    listed = (await own_workline.fetch(SESSIONS, mine))["viewer"]["sessions"]
    assert [(each["id"], each["isCurrent"], each["address"]) for each in listed] == [
        (str(mine.session_id), True, "192.0.2.7"),
        (str(lost.session_id), False, "192.0.2.7"),
    ]
    assert await own_workline.fetch(REVOKE, mine, id=str(lost.session_id)) == {"revokeSession": {"errors": []}}
    assert await is_refused(own_workline, lost)
    assert len((await own_workline.fetch(SESSIONS, mine))["viewer"]["sessions"]) == 1


async def test_sessions_of_another_identity_are_neither_listed_nor_revoked(own_workline: Workline) -> None:
    theirs = viewer_of(own_workline, await log_in(own_workline, "alpha.1@example.com"))
    mine = viewer_of(own_workline, await log_in(own_workline))
    listed = (await own_workline.fetch(SESSIONS, mine))["viewer"]["sessions"]
    assert [each["id"] for each in listed] == [str(mine.session_id)]
    refused = await own_workline.fetch(REVOKE, mine, id=str(theirs.session_id))
    assert refused == {"revokeSession": {"errors": [{"code": "NOT_FOUND"}]}}
    assert not await is_refused(own_workline, theirs)


async def test_an_identity_switches_to_another_of_its_organizations(own_workline: Workline) -> None:
    member = await join_bravo(own_workline)
    opened = await log_in(own_workline, organizationId=str(ALPHA.organization))
    before = viewer_of(own_workline, opened)
    names = "{ viewer { memberships { organizationId userId role } } }"
    assert (await own_workline.fetch(names, before))["viewer"]["memberships"] == [
        {"organizationId": str(ALPHA.organization), "userId": str(before.user_id), "role": "OWNER"},
        {"organizationId": str(BRAVO.organization), "userId": str(member.user_id), "role": "MEMBER"},
    ]
    payload = (await own_workline.fetch(SWITCH, before, id=str(BRAVO.organization)))["switchOrganization"]
    assert payload["user"] == {"id": str(member.user_id), "organization": {"id": str(BRAVO.organization)}}
    assert viewer_of(own_workline, payload) == replace(member, session_id=before.session_id)
    assert await is_refused(own_workline, before)
    refreshed = await refresh(own_workline, opened["refreshToken"])
    assert viewer_of(own_workline, refreshed).organization_id == BRAVO.organization
    # the next login continues in the organization that was used last
    assert viewer_of(own_workline, await log_in(own_workline)).organization_id == BRAVO.organization


@pytest.mark.parametrize("organization", [BRAVO.organization, UUID(int=1)])
async def test_an_identity_cannot_switch_to_an_organization_of_others(
    own_workline: Workline, organization: UUID
) -> None:
    mine = viewer_of(own_workline, await log_in(own_workline))
    payload = (await own_workline.fetch(SWITCH, mine, id=str(organization)))["switchOrganization"]
    assert payload == {"token": None, "user": None, "errors": [{"code": "NOT_FOUND", "path": ["organizationId"]}]}
    wrong = {"email": EMAIL, "password": PASSWORD, "organizationId": str(organization)}
    assert (await own_workline.fetch(LOG_IN, None, i=wrong))["logIn"] == INVALID | {
        "errors": [{"code": "INVALID", "path": []}]
    }


async def test_an_unverified_address_does_not_log_in(own_workline: Workline) -> None:
    async with own_workline.database.as_system() as connection:
        await connection.execute("UPDATE identities SET verified_at = NULL")
    right = (await own_workline.fetch(LOG_IN, None, i={"email": EMAIL, "password": PASSWORD}))["logIn"]
    assert right["errors"] == [{"code": "EMAIL_NOT_VERIFIED", "path": ["email"]}]
    wrong = (await own_workline.fetch(LOG_IN, None, i={"email": EMAIL, "password": "wrong horse"}))["logIn"]
    assert wrong["errors"] == [{"code": "INVALID", "path": []}]


async def test_the_password_hash_of_a_captured_server_s_guess_is_compared_by_the_database(
    own_workline: Workline,
) -> None:
    with own_workline.statements() as statements:
        await log_in(own_workline)
    assert not [each for each in statements if "password_hash" in each]


@pytest.mark.parametrize("header", ["Bearer stale", "Bearer a.b.c", "Basic x"])
async def test_a_stale_token_in_the_header_does_not_stop_a_login_or_a_refresh(
    own_clients: Clients, header: str
) -> None:
    async def sent(http: httpx.AsyncClient, query: str, **variables: object) -> Json:
        body = {"query": query, "variables": variables}
        found: Json = (await http.post("/graphql", json=body, headers={"authorization": header})).json()
        return found

    opened = await sent(own_clients.http, LOG_IN, i={"email": EMAIL, "password": PASSWORD})
    token = opened["data"]["logIn"]["refreshToken"]
    assert (await sent(own_clients.http, REFRESH, t=token))["data"]["refreshSession"]["errors"] == []
    for other in (READ, "{ __typename }", "mutation { logOut(input: {}) { errors { code } } }", "{"):
        refused = await sent(own_clients.http, other)
        assert [error["extensions"]["code"] for error in refused["errors"]] == ["UNAUTHENTICATED"], other


OWNER_ID = id_of("users", 0)
