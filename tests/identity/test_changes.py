"""Effects over HTTP of the mutations of users and the organization, and their statements."""

import pytest

from graphql_app.identity.passwords import PasswordHasher
from tests.support.api import Json, Workline
from tests.support.error_cases import Clients
from tests.support.organizations import ALPHA, id_of
from tests.support.passwords import PASSWORD
from tests.support.statements import sent_by

OWNER, MANAGER, MEMBER, GONE, OTHER = (str(id_of("users", number)) for number in range(5))
NEW = {"name": "Zoe", "email": "Zoe@Example.com", "password": "a password of hers"}
GONE_HAS_NO_PASSWORD = "User is deactivated and cannot log in."
USER = "user { id name email role deactivatedAt version }"


async def logs_in(clients: Clients, email: str, password: str) -> bool:
    """Return True if this address and password log in."""
    query = "mutation ($input: LogInInput!) { logIn(input: $input) { token } }"
    body = {"query": query, "variables": {"input": {"email": email, "password": password}}}
    return bool((await clients.http.post("/graphql", json=body)).json()["data"]["logIn"]["token"])


async def test_a_user_is_created_changed_deactivated_and_reactivated(own_clients: Clients) -> None:
    user = await own_clients.change("createUser", USER, **NEW)
    assert (user["name"], user["email"], user["role"], user["version"]) == ("Zoe", "Zoe@Example.com", "MEMBER", 1)
    assert await logs_in(own_clients, "zoe@example.com", NEW["password"])
    changed = await own_clients.change("updateUser", USER, id=user["id"], email="z@example.com")
    assert changed["email"] == "z@example.com"
    assert (await own_clients.change("changeRole", USER, id=user["id"], role="MANAGER"))["role"] == "MANAGER"
    assert await logs_in(own_clients, "z@example.com", NEW["password"])
    assert not await logs_in(own_clients, "zoe@example.com", NEW["password"])
    await own_clients.change("updateUser", USER, id=user["id"], password="another password")
    assert not await logs_in(own_clients, "z@example.com", NEW["password"])
    assert await logs_in(own_clients, "z@example.com", "another password")
    assert (await own_clients.change("deactivateUser", USER, id=user["id"]))["deactivatedAt"]
    assert not await logs_in(own_clients, "z@example.com", "another password")
    back = await own_clients.change("reactivateUser", USER, id=user["id"], password="a third password")
    assert back["deactivatedAt"] is None
    assert await logs_in(own_clients, "z@example.com", "a third password")


async def test_a_null_password_keeps_the_current_one(own_clients: Clients) -> None:
    await own_clients.change("updateUser", USER, id=MEMBER, name="Mia", password=None)
    assert await logs_in(own_clients, "alpha.2@example.com", PASSWORD)


async def test_one_operation_hashes_at_most_ten_passwords(
    own_workline: Workline, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed, compute = [], PasswordHasher.hash

    async def watched(self: PasswordHasher, password: str) -> str:
        hashed.append(password)
        return await compute(self, password)

    monkeypatch.setattr(PasswordHasher, "hash", watched)
    call = f'updateUser(input: {{id: "{GONE}", password: "a password"}}) {{ errors {{ code message path }} }}'
    calls = " ".join(f"a{at}: {call}" for at in range(12))
    payloads = (await own_workline.fetch(f"mutation {{ {calls} }}")).values()
    errors = [error for payload in payloads for error in payload["errors"]]
    assert [error["code"] for error in errors] == ["INVALID"] * 12
    assert {error["message"] for error in errors[:10]} == {GONE_HAS_NO_PASSWORD}
    assert errors[10]["message"] == (
        "At most 10 passwords can be set per operation. Send the others in separate requests."
    )
    assert errors[10]["path"] == ["password"]
    assert len(hashed) == 10


async def test_the_organization_is_renamed(own_clients: Clients) -> None:
    renamed = await own_clients.change("updateOrganization", "organization { name version }", name="North")
    assert renamed == {"name": "North", "version": 2}


async def test_all_passwords_of_a_transaction_are_hashed_before_it_begins(own_workline: Workline) -> None:
    query = """mutation ($first: CreateUserInput!, $second: CreateUserInput!) @transaction {
      first: createUser(input: $first) { user { email } errors { code path } }
      second: createUser(input: $second) { user { email } errors { code path } }
    }"""
    other = {**NEW, "email": "bravo.0@example.com"}
    data = await own_workline.fetch(query, first=NEW, second=other)
    assert data["second"] == {"user": None, "errors": [{"code": "INVALID", "path": ["email"]}]}
    assert data["first"] == {"user": None, "errors": [{"code": "TRANSACTION_ROLLED_BACK", "path": []}]}
    made = await own_workline.fetch(query, first=NEW, second={**NEW, "email": "z@example.com"})
    assert [made[each]["user"]["email"] for each in ("first", "second")] == ["Zoe@Example.com", "z@example.com"]


async def test_no_connection_is_held_while_a_password_is_hashed(
    own_workline: Workline, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashing, borrowed = PasswordHasher.hash, []

    async def watched(self: PasswordHasher, password: str) -> str:
        borrowed.append(own_workline.connections.status()["borrowed"])
        return await hashing(self, password)

    monkeypatch.setattr(PasswordHasher, "hash", watched)
    assert (await sent_by(own_workline, "createUser", NEW, ""))[-1] == "keep_login"
    assert borrowed == [0]


async def test_no_password_is_stored_with_a_key(own_workline: Workline) -> None:
    """Calls with the same key are equal whatever the password: only digests of the other values are compared."""
    query = """mutation ($input: CreateUserInput!) {
      createUser(input: $input) @idempotent(key: "a") { user { id } errors { code } }
    }"""
    first = await own_workline.fetch(query, input=NEW)
    again = await own_workline.fetch(query, input={**NEW, "password": "something else"})
    assert first["createUser"]["errors"] == []
    assert again == first


# if a rule begins with the lock of the organization, the message that begins the transaction takes it
PINNED: dict[str, tuple[Json, list[str]]] = {
    "updateOrganization": ({"name": "North"}, ["update organizations and tell"]),
    "createUser": (NEW, ["insert users", "keep_login"]),
    "updateUser": ({"id": MEMBER, "name": "Mia"}, ["lock users", "update users"]),
    "deactivateUser": ({"id": MEMBER}, ["select users", "lock users", "drop_login", "update users"]),
    "reactivateUser": (
        {"id": GONE, "password": PASSWORD},
        ["lock users", "keep_login", "update users"],
    ),
}


@pytest.mark.parametrize("mutation", PINNED)
async def test_a_mutation_takes_these_statements(own_workline: Workline, mutation: str) -> None:
    input, expected = PINNED[mutation]
    assert await sent_by(own_workline, mutation, input, "") == expected


async def test_a_change_of_role_reads_the_owner_again(own_workline: Workline) -> None:
    sent = await sent_by(own_workline, "changeRole", {"id": MEMBER, "role": "MANAGER"}, "")
    assert sent == ["select users", "lock users", "update users", "pg_notify"]


async def test_all_users_change_their_own_name(own_workline: Workline) -> None:
    query = "mutation ($i: UpdateUserInput!) { updateUser(input: $i) { user { name } errors { code } } }"
    changed = (await own_workline.fetch(query, ALPHA.viewer("MEMBER", 2), i={"id": MEMBER, "name": "Mia"}))[
        "updateUser"
    ]
    assert changed == {"user": {"name": "Mia"}, "errors": []}


async def test_a_viewer_sees_which_users_may_be_changed(workline: Workline) -> None:
    query = """{ viewer { permissions } users(orderBy: [{createdAt: {}}]) {
      nodes { id permissions { update changeRole deactivate reactivate } } } }"""
    for viewer, own in ((ALPHA.viewer(), None), (ALPHA.viewer("MANAGER", 1), MANAGER)):
        data = await workline.fetch(query, viewer)
        assert ("inviteUser" in data["viewer"]["permissions"]) is (own is None)
        for node in data["users"]["nodes"]:
            shown = node["permissions"]
            assert shown.pop("update") is (own in (None, node["id"]))
            assert set(shown.values()) == {own is None}
