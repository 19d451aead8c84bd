"""Mutation ``logIn``: a token for an address and a password."""

import asyncio
from dataclasses import replace

import pytest

from graphql_app.identity.passwords import PasswordHasher
from graphql_app.types.schema import Api
from tests.support.api import Json, Workline, serving
from tests.support.databases import TestDatabase
from tests.support.organizations import ALPHA, id_of
from tests.support.passwords import PASSWORD

LOG_IN = """
mutation ($email: String!, $password: String!) {
  logIn(input: {email: $email, password: $password}) {
    token
    user { id email }
    errors { __typename code message path }
  }
}
"""
ADDRESS = "alpha.1@example.com"
DEACTIVATED = "alpha.3@example.com"


async def log_in(workline: Workline, email: str, password: str = PASSWORD) -> Json:
    """Return the payload of a login without a token."""
    payload: Json = (await workline.fetch(LOG_IN, None, email=email, password=password))["logIn"]
    return payload


async def test_the_token_is_accepted_by_other_operations(workline: Workline) -> None:
    payload = await log_in(workline, ADDRESS)
    assert payload["user"] == {"id": str(id_of("users", 1)), "email": "Alpha.1@Example.com"}
    assert payload["errors"] == []
    viewer = workline.services.tokens.verify(payload["token"]).viewer
    assert replace(viewer, session_id=None) == ALPHA.viewer("MANAGER", 1)
    assert await workline.fetch("{ viewer { user { id } } }", viewer) == {
        "viewer": {"user": {"id": str(viewer.user_id)}}
    }


@pytest.mark.parametrize("email", ["ALPHA.1@EXAMPLE.COM", "  Alpha.1@example.com\t"])
async def test_case_and_whitespace_around_an_address_are_ignored(workline: Workline, email: str) -> None:
    assert (await log_in(workline, email))["user"]["id"] == str(id_of("users", 1))


async def test_an_unknown_address_and_a_wrong_password_get_the_same_error(workline: Workline) -> None:
    wrong = await log_in(workline, ADDRESS, "incorrect horse")
    assert wrong == {
        "token": None,
        "user": None,
        "errors": [
            {
                "__typename": "ValidationError",
                "code": "INVALID",
                "message": "Invalid email address or password.",
                "path": [],
            }
        ],
    }
    assert await log_in(workline, "unknown@example.com") == wrong
    assert await log_in(workline, "") == wrong
    assert await log_in(workline, ADDRESS, "") == wrong


async def test_a_user_without_access_gets_the_same_error(workline: Workline) -> None:
    refused = await log_in(workline, DEACTIVATED)
    assert refused == await log_in(workline, "unknown@example.com")


async def test_a_login_takes_three_statements_and_two_if_it_fails(workline: Workline) -> None:
    with workline.statements() as right:
        await log_in(workline, ADDRESS)
    assert ["password_parameters" in right[0], "open_session" in right[1], len(right)] == [True, True, 3]
    with workline.statements() as wrong:
        await log_in(workline, ADDRESS, "incorrect horse")
    with workline.statements() as unknown:
        await log_in(workline, "unknown@example.com", "incorrect horse")
    assert wrong == unknown == right[:2]


@pytest.mark.usefixtures("mode")
async def test_no_connection_is_held_while_a_password_is_hashed(
    workline_api: Api, organizations: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    barrier, derive = asyncio.Barrier(5), PasswordHasher.derive
    async with serving(workline_api, organizations, pool_size=1) as workline:

        async def watched(self: PasswordHasher, parameters: str | None, password: str) -> str:
            await barrier.wait()
            assert workline.connections.status()["borrowed"] == 0
            return await derive(self, parameters, password)

        monkeypatch.setattr(PasswordHasher, "derive", watched)
        payloads = await asyncio.gather(*(log_in(workline, ADDRESS) for _ in range(barrier.parties)))
    assert all(payload["token"] for payload in payloads)


async def test_the_rest_of_the_request_has_no_rights(workline: Workline) -> None:
    """The viewer is determined before the first field is executed."""
    both = f'mutation {{ logIn(input: {{email: "{ADDRESS}", password: "{PASSWORD}"}}) {{ token }} '
    both += 'createTask(input: {title: "Something"}) { task { id } } }'
    with workline.statements() as statements:
        assert (await workline.refuse(both, None))["code"] == "UNAUTHENTICATED"
    assert not statements


async def test_a_login_replaces_the_viewer_for_later_fields(workline: Workline) -> None:
    """A manager of one organization is a member of another: the payload shows only fields of a member."""
    member = "bravo.2@example.com"
    rates = "organization { workers(orderBy: [{hourlyRate: {direction: DESC}}]) { nodes { hourlyRate } } }"
    changing = f"""
    mutation {{
      completeTask(input: {{id: "{id_of("tasks", 0)}", expectedVersion: 0}}) {{
        errors {{ ... on ConflictError {{ current {{ ... on Task {{ {rates} }} }} }} }}
      }}
      logIn(input: {{email: "{member}", password: "{PASSWORD}"}}) {{ user {{ {rates} }} }}
    }}
    """
    body = await workline.respond(changing, ALPHA.viewer("MANAGER"))
    (conflict,) = body["data"]["completeTask"]["errors"]
    assert conflict["current"]["organization"]["workers"]["nodes"][0]["hourlyRate"]
    assert [error["extensions"]["code"] for error in body["errors"]] == ["FORBIDDEN"]
