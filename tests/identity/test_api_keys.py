"""Service accounts and API keys: creation, rights, revocation, expiry, and everything that a key must not do."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from graphql_app.identity.api_keys import LOOKUP_PERIOD, CredentialsCache, new_api_key
from graphql_app.identity.tokens import Credentials
from graphql_app.postgres.admin_connections import connect
from tests.access.user_changes import REFUSAL
from tests.identity.api_keys import ACCOUNT, CREATED, OWNER, codes, create_account, create_key, send
from tests.support.api import Workline
from tests.support.databases import TestDatabase
from tests.support.error_cases import Clients, everything_in
from tests.support.organizations import ALPHA, id_of

VIEWER = "{ viewer { role user { id isServiceAccount } apiKey { id prefix } scopes { name } } }"
READ = "{ tasks { totalCount } }"
CREATE_TASK = 'mutation { createTask(input: {title: "By a key"}) { task { title } errors { code message } } }'
LIST = "{ apiKeys(first: 100) { totalCount nodes { id user { id } scopes lastUsedAt revokedAt } } }"


async def test_a_key_acts_as_its_service_account_in_its_role_and_shows_itself(own_clients: Clients) -> None:
    key = await create_key(own_clients, "read")
    found = (await send(own_clients, key.text, VIEWER))["data"]["viewer"]
    assert found == {
        "role": "MANAGER",
        "user": {"id": key.user_id, "isServiceAccount": True},
        "apiKey": {"id": key.id, "prefix": key.prefix},
        "scopes": [{"name": "read"}],
    }


async def test_a_request_without_a_key_has_no_key_and_every_scope(workline: Workline) -> None:
    found = (await workline.fetch(VIEWER))["viewer"]
    assert found["apiKey"] is None
    assert {"read", "write", "identity"} <= {each["name"] for each in found["scopes"]}


async def test_a_key_is_limited_to_its_scopes(own_clients: Clients) -> None:
    account = await create_account(own_clients)
    reader = await create_key(own_clients, "read", user=account)
    writer = await create_key(own_clients, "write", user=account)
    assert "errors" not in await send(own_clients, reader.text, READ)
    assert codes(await send(own_clients, reader.text, CREATE_TASK)) == ["FORBIDDEN"]
    assert codes(await send(own_clients, writer.text, READ)) == ["FORBIDDEN"]
    done = await send(own_clients, writer.text, CREATE_TASK)
    assert done["data"]["createTask"] == {"task": {"title": "By a key"}, "errors": []}


async def test_the_role_of_the_service_account_limits_a_key_with_every_scope(own_clients: Clients) -> None:
    member = await create_account(own_clients, "MEMBER")
    key = await create_key(own_clients, "read", "write", "identity", user=member)
    call = 'mutation { createLabel(input: {name: "x", color: "#000000"}) { errors { code } } }'
    assert (await send(own_clients, key.text, call))["data"]["createLabel"]["errors"] == [{"code": "FORBIDDEN"}]


async def test_the_secret_part_of_a_key_is_stored_nowhere(
    own_clients: Clients, own_organizations: TestDatabase
) -> None:
    key = await create_key(own_clients)
    await send(own_clients, key.text, READ)
    stored = repr(await everything_in(own_organizations))
    assert key.prefix in stored
    assert key.text[11:] not in stored


async def test_the_serving_role_cannot_read_a_hash(own_organizations: TestDatabase) -> None:
    connection = await connect(own_organizations.app)
    try:
        for organization in (ALPHA.organization, id_of("organizations", 1)):
            await connection.execute(f"SET app.org = '{organization}'")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch("SELECT hash FROM api_key_hashes")
    finally:
        await connection.close()


async def test_a_revoked_key_is_refused_like_an_unknown_one(own_clients: Clients) -> None:
    key = await create_key(own_clients)
    assert "errors" not in await send(own_clients, key.text, READ)
    payload = await own_clients.mutate("revokeApiKey", {"id": key.id}, OWNER, "apiKey { revokedAt } errors { code }")
    assert payload["errors"] == []
    assert payload["apiKey"]["revokedAt"]
    assert await send(own_clients, key.text, CREATE_TASK) == REFUSAL
    assert await send(own_clients, new_api_key(), CREATE_TASK) == REFUSAL
    again = await own_clients.mutate("revokeApiKey", {"id": key.id}, OWNER, "errors { code path }")
    assert again["errors"] == [{"code": "CONFLICT", "path": ["id"]}]


async def test_a_key_ends_with_its_expiry_or_its_user(own_clients: Clients, own_organizations: TestDatabase) -> None:
    account = await create_account(own_clients)
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    expiring = await create_key(own_clients, user=account, expiresAt=soon)
    lasting = await create_key(own_clients, user=account)
    for key in (expiring, lasting):
        assert "errors" not in await send(own_clients, key.text, CREATE_TASK)
    async with own_organizations.as_system() as connection:
        await connection.execute("UPDATE api_keys SET expires_at = now() WHERE id = $1", UUID(expiring.id))
    assert await send(own_clients, expiring.text, CREATE_TASK) == REFUSAL
    assert "errors" not in await send(own_clients, lasting.text, CREATE_TASK)
    ended = await own_clients.mutate("deactivateUser", {"id": str(account)}, OWNER, "errors { code }")
    assert ended == {"errors": []}
    assert await send(own_clients, lasting.text, CREATE_TASK) == REFUSAL


@pytest.mark.parametrize(
    ("change", "is_wrong"),
    [("", False), ("x", True), (" x", True), ("/../", True)],
    ids=["unchanged", "longer", "with a second word", "with a path"],
)
async def test_a_key_is_compared_as_a_whole(own_clients: Clients, change: str, is_wrong: bool) -> None:
    key = await create_key(own_clients)
    body = await send(own_clients, key.text + change, READ)
    assert (body == REFUSAL) is is_wrong


async def test_the_last_use_is_noted_once_a_minute(own_clients: Clients, own_organizations: TestDatabase) -> None:
    key, used = await create_key(own_clients), "SELECT last_used_at, version FROM api_keys WHERE id = $1"
    async with own_organizations.as_system() as connection:
        assert await connection.fetchval(used, UUID(key.id)) is None
        await send(own_clients, key.text, READ)
        first = await connection.fetchrow(used, UUID(key.id))
        assert first is not None
        assert datetime.now(UTC) - first["last_used_at"] < timedelta(minutes=1)
        for _ in range(3):
            await send(own_clients, key.text, READ)
        find = "SELECT key_id FROM find_api_key(sha256($1), '{}', '{}', '1 min')"
        await connection.fetchval(find, key.text.encode())
        assert await connection.fetchrow(used, UUID(key.id)) == first
        await connection.execute("UPDATE api_keys SET last_used_at = now() - interval '1 minute'")
        await asyncio.gather(*(_find(own_organizations, find, key.text) for _ in range(5)))
        later = await connection.fetchrow(used, UUID(key.id))
        assert later is not None
    assert later["last_used_at"] > first["last_used_at"]
    assert later["version"] == first["version"]


async def _find(database: TestDatabase, find: str, key: str) -> None:
    async with database.as_system() as connection:
        assert await connection.fetchval(find, key.encode()) is not None


def test_a_key_is_looked_up_again_after_a_minute() -> None:
    now = [100.0]
    cache = CredentialsCache(clock=lambda: now[0])
    cache.keep(b"hash", Credentials(OWNER, None))
    assert cache.get(b"hash") is not None
    now[0] += LOOKUP_PERIOD
    assert cache.get(b"hash") is None


async def test_wrong_keys_are_limited_by_the_client_address_and_right_ones_are_not(own_clients: Clients) -> None:
    key = await create_key(own_clients)
    answers = [codes(await send(own_clients, new_api_key(), READ)) for _ in range(11)]
    assert answers == [["UNAUTHENTICATED"]] * 10 + [["RATE_LIMITED"]]
    assert "errors" not in await send(own_clients, key.text, READ)
    # a login is not yet limited, and a malformed key costs no lookup
    malformed = [codes(await send(own_clients, "wl_wrong", READ)) for _ in range(20)]
    assert malformed == [["UNAUTHENTICATED"]] * 20


async def test_keys_of_another_user_cannot_be_created(own_clients: Clients) -> None:
    for user, code in ((id_of("users", 1), "FORBIDDEN"), (uuid4(), "NOT_FOUND"), (id_of("users", 6), "NOT_FOUND")):
        given = {"name": "x", "scopes": ["read"], "userId": str(user)}
        refused = await own_clients.mutate("createApiKey", given, OWNER, CREATED)
        assert (refused["apiKey"], refused["key"]) == (None, None)
        assert [(each["code"], each["path"]) for each in refused["errors"]] == [(code, ["userId"])]


async def test_an_owner_may_create_a_key_of_the_own_user(own_clients: Clients) -> None:
    given = {"name": "Mine", "scopes": ["read", "write"]}
    payload = await own_clients.mutate("createApiKey", given, OWNER, CREATED)
    assert payload["apiKey"]["user"] == {"id": str(OWNER.user_id)}
    assert (await send(own_clients, payload["key"], VIEWER))["data"]["viewer"]["role"] == "OWNER"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"scopes": ["read", "everything"]}, ["scopes", "1"]),
        ({"scopes": []}, ["scopes"]),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, ["expiresAt"]),
        ({"name": ""}, ["name"]),
    ],
    ids=str,
)
async def test_a_wrong_input_creates_no_key(own_clients: Clients, given: dict[str, Any], path: list[str]) -> None:
    chosen = {"name": "x", "scopes": ["read"], **given}
    refused = await own_clients.mutate("createApiKey", chosen, OWNER, CREATED)
    assert [(each["code"], each["path"]) for each in refused["errors"]] == [("INVALID", path)]


@pytest.mark.parametrize("role", ["MANAGER", "MEMBER"])
async def test_only_owners_manage_keys_and_others_see_their_own(own_clients: Clients, role: str) -> None:
    key, viewer = await create_key(own_clients), ALPHA.viewer(role)
    for mutation, given in {
        "createServiceAccount": {"name": "x"},
        "createApiKey": {"name": "x", "scopes": ["read"]},
        "revokeApiKey": {"id": key.id},
    }.items():
        refused = await own_clients.mutate(mutation, given, viewer, "errors { code }")
        assert refused["errors"] == [{"code": "FORBIDDEN"}], mutation
    token = own_clients.tokens.issue(viewer).text
    listed = (await send(own_clients, token, LIST))["data"]["apiKeys"]["nodes"]
    assert listed
    assert {each["user"]["id"] for each in listed} == {str(viewer.user_id)}


ESCALATIONS = {
    "createUser": 'input: {name: "x", email: "x@example.com", password: "something long", role: MANAGER}',
    "createServiceAccount": 'input: {name: "x"}',
    "createApiKey": 'input: {name: "x", scopes: ["read"]}',
    "updateOrganization": 'input: {name: "x"}',
}


@pytest.mark.parametrize("mutation", ESCALATIONS)
async def test_a_key_without_the_scope_identity_changes_no_rights(own_clients: Clients, mutation: str) -> None:
    own = {"name": "Mine", "scopes": ["read", "write"]}
    key = (await own_clients.mutate("createApiKey", own, OWNER, CREATED))["key"]
    body = await send(own_clients, key, f"mutation {{ {mutation}({ESCALATIONS[mutation]}) {{ errors {{ code }} }} }}")
    assert body["data"][mutation]["errors"] == [{"code": "FORBIDDEN"}]


async def test_a_key_creates_keys_only_with_its_own_scopes(own_clients: Clients) -> None:
    own = {"name": "Mine", "scopes": ["write", "identity"]}
    key = (await own_clients.mutate("createApiKey", own, OWNER, CREATED))["key"]
    create = 'mutation ($s: [String!]!) { createApiKey(input: {name: "x", scopes: $s}) { errors { code path } } }'
    more = await send(own_clients, key, create, s=["write", "read"])
    assert more["data"]["createApiKey"]["errors"] == [{"code": "FORBIDDEN", "path": ["scopes", "1"]}]
    assert (await send(own_clients, key, create, s=["write"]))["data"]["createApiKey"]["errors"] == []


async def test_a_service_account_owns_nothing_and_cannot_log_in(own_clients: Clients) -> None:
    refused = await own_clients.mutate("createServiceAccount", {"name": "x", "role": "OWNER"}, OWNER, ACCOUNT)
    assert [(each["code"], each["path"]) for each in refused["errors"]] == [("INVALID", ["role"])]
    account = str(await create_account(own_clients))
    for mutation, given, path in (
        ("changeRole", {"role": "OWNER"}, "role"),
        ("updateUser", {"password": "something long"}, "password"),
        ("updateUser", {"email": "importer@example.com"}, "email"),
    ):
        refused = await own_clients.mutate(mutation, {"id": account, **given}, OWNER, "errors { code path }")
        assert refused["errors"] == [{"code": "INVALID", "path": [path]}]
    assert (await own_clients.mutate("deactivateUser", {"id": account}, OWNER, "errors { code }"))["errors"] == []
    again = {"id": account, "password": "something long"}
    refused = await own_clients.mutate("reactivateUser", again, OWNER, "errors { code path }")
    assert refused["errors"] == [{"code": "INVALID", "path": ["id"]}]


async def test_the_database_refuses_a_service_account_that_could_log_in(own_organizations: TestDatabase) -> None:
    async with own_organizations.as_system() as connection:
        for role in ("OWNER", "MEMBER"):  # users of both roles have identities
            with pytest.raises(asyncpg.CheckViolationError):
                await connection.execute("UPDATE users SET is_service_account = true WHERE role = $1", role)


async def test_a_repeated_creation_shows_the_key_only_once(own_clients: Clients) -> None:
    given = {"name": "x", "scopes": ["read"]}
    header = {"idempotency-key": str(uuid4())}
    first = await own_clients.mutate("createApiKey", given, OWNER, CREATED, **header)
    again = await own_clients.mutate("createApiKey", given, OWNER, CREATED, **header)
    assert first["key"]
    assert (again["key"], again["apiKey"]) == (None, first["apiKey"])


async def test_a_new_password_does_not_end_a_key(own_clients: Clients) -> None:
    given = {"name": "Mine", "scopes": ["read"]}
    key = (await own_clients.mutate("createApiKey", given, OWNER, CREATED))["key"]
    change = {"id": str(OWNER.user_id), "password": "another horse"}
    assert (await own_clients.mutate("updateUser", change, OWNER, "errors { code }"))["errors"] == []
    assert "errors" not in await send(own_clients, key, READ)


MONEY = """{
  orders { totalCount aggregates { count } } accounts { totalCount } payments { totalCount } transfers { totalCount }
  workers { nodes { hourlyRate } } dashboard { moneyIn { currency } }
}"""


@pytest.mark.both_modes
async def test_a_key_needs_the_scope_money_to_see_what_only_managers_see(own_clients: Clients) -> None:
    account = await create_account(own_clients)
    without = await create_key(own_clients, "read", "write", user=account)
    key = await create_key(own_clients, "read", "write", "money", user=account)
    hidden, shown = [(await send(own_clients, each.text, MONEY))["data"] for each in (without, key)]
    for name in ("orders", "accounts", "payments", "transfers"):
        assert (hidden[name]["totalCount"], bool(shown[name]["totalCount"])) == (0, True), name
    assert {node["hourlyRate"] for node in hidden["workers"]["nodes"]} == {None}
    assert None not in {node["hourlyRate"] for node in shown["workers"]["nodes"]}
    assert (hidden["dashboard"]["moneyIn"], shown["dashboard"]["moneyIn"]) == (None, [])
    create = 'mutation { openAccount(input: {kind: OWN, name: "x", currency: "EUR"}) { errors { code } } }'
    errors = [(await send(own_clients, each.text, create))["data"]["openAccount"]["errors"] for each in (without, key)]
    assert errors == [[{"code": "FORBIDDEN"}], []]
    by_rate = "{ workers(filter: {hourlyRate: {gt: 1}}) { totalCount } }"
    assert codes(await send(own_clients, without.text, by_rate)) == ["FORBIDDEN"]
