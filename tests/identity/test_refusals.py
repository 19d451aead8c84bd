"""Error cases of every mutation of users and the organization, over HTTP."""

from uuid import uuid4

import pytest

from graphql_app.identity.root import Mutation
from graphql_app.strawberry_adapter import fields_of
from graphql_app.types.filter_inputs import api_name
from tests.support.error_cases import Clients, Refusal, expected, refused, stale, untried
from tests.support.organizations import ALPHA, id_of
from tests.support.passwords import PASSWORD

OWNER, MANAGER, MEMBER, GONE, OTHER = (str(id_of("users", number)) for number in range(5))
UNKNOWN_ID = str(uuid4())
MANAGES, WORKS = ALPHA.viewer("MANAGER", 1), ALPHA.viewer("MEMBER", 2)
NEW = {"name": "Zoe", "email": "zoe@example.com", "password": PASSWORD}
KEY = {"name": "Import", "scopes": ["read"]}
API_KEY = str(id_of("api_keys", 4))
KEYS = [
    refused("createServiceAccount", {"name": "", "role": "OWNER"}, "INVALID name"),
    refused("createServiceAccount", {"name": "Import", "role": "OWNER"}, "INVALID role"),
    refused("createApiKey", {"name": "", "scopes": []}, "INVALID name", "INVALID scopes"),
    refused("createApiKey", {**KEY, "userId": UNKNOWN_ID}, "NOT_FOUND userId"),
    refused("createApiKey", {**KEY, "userId": MANAGER}, "FORBIDDEN userId"),
    refused("revokeApiKey", {"id": UNKNOWN_ID}, "NOT_FOUND id"),
    stale("revokeApiKey", {"id": API_KEY}),
    refused("revokeApiKey", {"id": str(id_of("api_keys", 0))}, "CONFLICT id"),
]
ORGANIZATION = [
    refused("updateOrganization", {"name": ""}, "INVALID name"),
    refused("updateOrganization", {"name": None}, "INVALID name"),
    refused("updateOrganization", {"name": "North"}, "FORBIDDEN", by=MANAGES),
    stale("updateOrganization", {"name": "North"}),
]
USERS = [
    refused(
        "createUser",
        {"name": "", "email": "zoe at example", "password": "short"},
        *("INVALID name", "INVALID email", "INVALID password"),
    ),
    refused("createUser", {**NEW, "password": "x" * 257}, "INVALID password"),
    refused("createUser", {**NEW, "email": "Alpha.1@example.com"}, "INVALID email"),
    refused("createUser", {**NEW, "email": "Bravo.1@example.com"}, "INVALID email"),
    refused("createUser", NEW, "FORBIDDEN", by=WORKS),
    refused("createUser", NEW, "FORBIDDEN", by=MANAGES),
    refused(
        "updateUser",
        {"id": MEMBER, "name": None, "email": None},
        *("INVALID name", "INVALID email"),
    ),
    refused("updateUser", {"id": MEMBER, "email": "mia", "password": "1234567"}, "INVALID email", "INVALID password"),
    refused("updateUser", {"id": MEMBER, "email": "bravo.1@example.com"}, "INVALID email"),
    refused("updateUser", {"id": MEMBER, "email": "alpha.1@example.com"}, "INVALID email"),
    refused("updateUser", {"id": UNKNOWN_ID}, "NOT_FOUND id"),
    refused("updateUser", {"id": MEMBER, "email": "mia@example.com"}, "FORBIDDEN email", by=WORKS),
    refused("updateUser", {"id": MANAGER, "password": PASSWORD}, "FORBIDDEN password", by=MANAGES),
    refused("updateUser", {"id": MEMBER, "name": "Mia"}, "FORBIDDEN id", by=MANAGES),
    refused("updateUser", {"id": MANAGER, "name": "Max"}, "FORBIDDEN id", by=WORKS),
    refused("changeRole", {"id": MANAGER, "role": "OWNER"}, "FORBIDDEN", by=MANAGES),
    refused("changeRole", {"id": OWNER, "role": "MEMBER"}, "INVALID role"),
    refused("changeRole", {"id": UNKNOWN_ID, "role": "MEMBER"}, "NOT_FOUND id"),
    stale("changeRole", {"id": MEMBER, "role": "MANAGER"}),
    refused("updateUser", {"id": GONE, "password": PASSWORD}, "INVALID password"),
    stale("updateUser", {"id": MEMBER}),
    refused("deactivateUser", {"id": UNKNOWN_ID}, "NOT_FOUND id"),
    refused("deactivateUser", {"id": OWNER}, "INVALID id"),
    refused("deactivateUser", {"id": MEMBER}, "FORBIDDEN", by=MANAGES),
    refused("deactivateUser", {"id": MANAGER}, "FORBIDDEN", by=WORKS),
    refused("deactivateUser", {"id": GONE}, "CONFLICT id"),
    stale("deactivateUser", {"id": MEMBER}),
    refused("reactivateUser", {"id": GONE, "password": ""}, "INVALID password"),
    refused("reactivateUser", {"id": UNKNOWN_ID, "password": PASSWORD}, "NOT_FOUND id"),
    refused("reactivateUser", {"id": MEMBER, "password": PASSWORD}, "CONFLICT id"),
    refused("reactivateUser", {"id": GONE, "password": PASSWORD}, "FORBIDDEN", by=MANAGES),
    refused("reactivateUser", {"id": GONE, "password": PASSWORD}, "FORBIDDEN", by=WORKS),
    stale("reactivateUser", {"id": GONE, "password": PASSWORD}),
]
SESSIONS = [
    refused("logOut", {}, "INVALID"),
    refused("logIn", {"email": "", "password": "", "organizationId": "north"}, "INVALID organizationId"),
    refused("logIn", {"email": "alpha.1@example.com", "password": PASSWORD, "organizationId": UNKNOWN_ID}, "INVALID"),
    refused("refreshSession", {"refreshToken": "stolen"}, "INVALID refreshToken"),
    refused("switchOrganization", {"organizationId": UNKNOWN_ID}, "INVALID"),
    refused("switchOrganization", {"organizationId": "north"}, "INVALID organizationId"),
    refused("revokeSession", {"id": UNKNOWN_ID}, "NOT_FOUND id"),
]
PASSWORDS = [
    refused("changePassword", {"currentPassword": "wrong", "newPassword": PASSWORD}, "INVALID currentPassword"),
    refused("changePassword", {"currentPassword": PASSWORD, "newPassword": "short"}, "INVALID newPassword"),
    refused("resetPassword", {"token": "stolen", "newPassword": PASSWORD}, "INVALID token"),
]
INVITATION = str(id_of("invitations", 0))
INVITED = {"name": "Zoe", "email": "zoe@example.com"}
INVITATIONS = [
    refused("inviteUser", {"name": "", "email": "zoe"}, "INVALID name", "INVALID email"),
    refused("inviteUser", {**INVITED, "email": "alpha.1@example.com"}, "INVALID email"),
    refused("inviteUser", {**INVITED, "email": "alpha.invited.0@example.com"}, "INVALID email"),
    refused("inviteUser", INVITED, "FORBIDDEN", by=MANAGES),
    refused("resendInvitation", {"id": UNKNOWN_ID}, "NOT_FOUND id"),
    refused("resendInvitation", {"id": INVITATION}, "FORBIDDEN", by=WORKS),
    stale("resendInvitation", {"id": INVITATION}),
    refused("revokeInvitation", {"id": UNKNOWN_ID}, "NOT_FOUND id"),
    refused("revokeInvitation", {"id": INVITATION}, "FORBIDDEN", by=MANAGES),
    stale("revokeInvitation", {"id": INVITATION}),
    refused("acceptInvitation", {"token": "stolen", "password": PASSWORD}, "INVALID token"),
    refused("verifyEmail", {"token": "stolen"}, "INVALID token"),
    refused(
        "signUp",
        {"organizationName": "", "name": "", "email": "", "password": ""},
        *("INVALID organizationName", "INVALID name", "INVALID email", "INVALID password"),
    ),
]
CASES = [*PASSWORDS, *INVITATIONS, *ORGANIZATION, *USERS, *SESSIONS, *KEYS]
MUTATIONS = {api_name(each) for each in fields_of(Mutation)}


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_mutation_is_refused(clients: Clients, case: Refusal) -> None:
    assert await clients.errors(case) == expected(case)


def test_every_mutation_refuses_unknown_ids_and_other_versions(clients: Clients) -> None:
    of_sessions = {"logIn", "switchOrganization"}  # an unknown organization is tested with a session
    assert not list(untried(clients.schema, MUTATIONS - of_sessions, CASES))


async def test_an_error_does_not_reveal_the_organization_of_a_taken_address(clients: Clients) -> None:
    """The answer is the same for the viewer's and for another organization."""
    answers = [
        await clients.mutate(
            "createUser", {**NEW, "email": email}, ALPHA.viewer(), "user { id } errors { code message path }"
        )
        for email in ("alpha.1@example.com", "bravo.1@example.com")
    ]
    assert answers[0] == answers[1]
