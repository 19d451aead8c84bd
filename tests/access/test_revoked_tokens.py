"""Tokens of users without access or with a new password: every operation that reads the database is rejected."""

from uuid import UUID

import pytest
from graphql import GraphQLField, is_required_argument

from graphql_app.identity.passwords import PasswordHasher
from graphql_app.viewer import Viewer
from tests.access.user_changes import MANAGER, REFUSAL, deactivate
from tests.isolation.crawl_target import Ground
from tests.isolation.introspected import named
from tests.isolation.mutation_probes import Writing
from tests.support.api import OWNER, Json, Workline
from tests.support.error_cases import everything_in
from tests.support.organizations import ALPHA, id_of
from tests.support.passwords import PASSWORD

NEW_PASSWORD = "another horse"
SELECTED = {
    "viewer": "user { id }",
    "dashboard": "tasksByStatus { count }",
    "node": "id",
    "nodes": "id",
    "_entities": "__typename",
}
ARGUMENTS = {
    "id": f'"{id_of("tasks", 0)}"',
    "ids": f'["{id_of("tasks", 0)}"]',
    "query": '"alpha"',
    "representations": f'[{{__typename: "Task", id: "{id_of("tasks", 0)}"}}]',
}
CHANGE_PASSWORD = f"""
mutation ($id: ID!) {{
  updateUser(input: {{id: $id, password: "{NEW_PASSWORD}"}}) {{ user {{ id name }} errors {{ code }} }}
}}"""
LOG_IN = """
mutation ($password: String!) {
  logIn(input: {email: "alpha.1@example.com", password: $password}) { token errors { code } }
}"""
READ = "{ tasks { totalCount } }"


def call(name: str, field: GraphQLField) -> str:
    """Return the call of a root field that reads the database."""
    needed = ", ".join(f"{each}: {ARGUMENTS[each]}" for each, of in field.args.items() if is_required_argument(of))
    fields = getattr(named(field), "fields", ())
    selected = SELECTED.get(name) or ("nodes { __typename }" if "nodes" in fields else "id")
    return f"{name}{f'({needed})' if needed else ''} {{ {selected} }}"


def is_refusal(body: Json) -> bool:
    """Return True if a response has no data and the error of an ended token.

    A mutation that first counts an attempt, in a separate transaction, has the error at its field.
    """
    messages = {error["message"] for error in body.get("errors", ())}
    return messages == {REFUSAL["errors"][0]["message"]} and not any((body.get("data") or {}).values())


async def test_every_root_field_of_queries_is_refused_for_a_deactivated_user(
    own_workline: Workline, ground: Ground
) -> None:
    public, fields = own_workline.executor._api.public, ground.api.query.fields
    of_owners = {"auditLog"}
    documents = [f"{{ {call(name, field)} }}" for name, field in fields.items() if name not in {*public, *of_owners}]
    for document in documents:
        assert "errors" not in await own_workline.respond(document, MANAGER), document
    await deactivate(own_workline)
    for document in documents:
        assert await own_workline.respond(document, MANAGER) == REFUSAL, document
    assert await own_workline.respond(f"{{ {' '.join(document[1:-1] for document in documents)} }}", MANAGER) == REFUSAL


async def test_every_mutation_is_refused_for_a_deactivated_user_and_changes_nothing(
    own_workline: Workline, ground: Ground
) -> None:
    await deactivate(own_workline)
    given = Writing(ground.api, ground.mine)
    before = await everything_in(own_workline.database)
    for name in ground.api.mutation.fields.keys() - own_workline.executor._api.public:
        document = f"mutation {{ {given.call(name, '{ __typename }')} }}"
        assert is_refusal(await own_workline.respond(document, MANAGER)), document
    assert await everything_in(own_workline.database) == before


async def test_a_transaction_of_several_mutations_is_refused_as_one(own_workline: Workline) -> None:
    both = 'mutation @transaction { a: createLabel(input: {name: "a", color: "#000000"}) { errors { code } } '
    both += 'b: createTask(input: {title: "b"}) { errors { code } } }'
    await own_workline.fetch(both, MANAGER)
    await deactivate(own_workline)
    assert await own_workline.respond(both, MANAGER) == REFUSAL


@pytest.mark.parametrize(
    "user", [UUID(int=1), id_of("users", 6)], ids=["without an organization", "of another organization"]
)
async def test_a_user_unknown_in_the_organization_is_refused(workline: Workline, user: UUID) -> None:
    assert await workline.respond(READ, Viewer(user, ALPHA.organization, "OWNER")) == REFUSAL


async def test_a_field_that_is_null_for_lack_of_rights_is_refused_as_well(own_workline: Workline) -> None:
    money = "{ dashboard { moneyIn { amount } } }"
    member = ALPHA.viewer("MEMBER")
    assert await own_workline.fetch(money, member) == {"dashboard": {"moneyIn": None}}
    await deactivate(own_workline, member.user_id)
    assert await own_workline.respond(money, member) == REFUSAL


async def test_reactivation_does_not_revive_old_tokens(own_workline: Workline) -> None:
    id = str(MANAGER.user_id)
    await own_workline.fetch("mutation ($id: ID!) { deactivateUser(input: {id: $id}) { errors { code } } }", id=id)
    reactivate = 'mutation ($id: ID!) { reactivateUser(input: {id: $id, password: "%s"}) { errors { code } } }'
    again = await own_workline.fetch(reactivate % NEW_PASSWORD, id=id)
    assert again == {"reactivateUser": {"errors": []}}
    assert await own_workline.respond(READ, MANAGER) == REFUSAL
    await own_workline.fetch(READ, await logged_in(own_workline, NEW_PASSWORD))


async def test_a_password_change_ends_older_tokens_but_not_those_issued_in_the_same_second(
    own_workline: Workline,
) -> None:
    before = await logged_in(own_workline, PASSWORD)
    await own_workline.fetch(READ, before)
    await own_workline.fetch(CHANGE_PASSWORD, id=str(MANAGER.user_id))
    assert await own_workline.respond(READ, before) == REFUSAL
    await own_workline.fetch(READ, await logged_in(own_workline, NEW_PASSWORD))
    assert (await own_workline.fetch(LOG_IN, None, password=PASSWORD))["logIn"]["errors"] == [{"code": "INVALID"}]


async def test_a_change_of_email_or_name_keeps_tokens_valid(own_workline: Workline) -> None:
    change = 'mutation ($id: ID!) { updateUser(input: {id: $id, name: "Else", email: "else@example.com"}) '
    await own_workline.fetch(f"{change} {{ errors {{ code }} }} }}", id=str(MANAGER.user_id))
    await own_workline.fetch(READ, MANAGER)


async def test_a_password_change_is_the_last_operation_that_the_token_may_execute(
    own_workline: Workline,
) -> None:
    own = own_workline.respond(
        f"""mutation ($id: ID!) {{
          updateUser(input: {{id: $id, password: "{NEW_PASSWORD}"}}) {{ user {{ name }} errors {{ code }} }}
        }}""",
        OWNER,
        id=str(OWNER.user_id),
    )
    assert await own == {"data": {"updateUser": {"user": {"name": "Alpha users.name 0"}, "errors": []}}}
    assert await own_workline.respond(READ, OWNER) == REFUSAL


async def test_a_field_after_a_change_of_the_viewer_s_password_is_refused_without_effect(
    own_workline: Workline,
) -> None:
    both = f"""mutation ($id: ID!) {{
      updateUser(input: {{id: $id, password: "{NEW_PASSWORD}"}}) {{ errors {{ code }} }}
      createTask(input: {{title: "After"}}) {{ errors {{ code }} }}
    }}"""
    body = await own_workline.respond(both, OWNER, id=str(OWNER.user_id))
    (error,) = body["errors"]
    assert (error["extensions"]["code"], error["path"]) == ("UNAUTHENTICATED", ["createTask"])
    async with own_workline.database.as_system() as connection:
        assert not await connection.fetchval("SELECT count(*) FROM tasks WHERE title = 'After'")
        version = "SELECT credentials_version FROM users WHERE organization_id = $1 AND id = $2"
        assert await connection.fetchval(version, ALPHA.organization, OWNER.user_id) == 2


async def test_introspection_and_invalid_input_need_no_access_check(own_workline: Workline) -> None:
    await deactivate(own_workline)
    with own_workline.statements() as statements:
        await own_workline.fetch("{ __schema { queryType { name } } }", MANAGER)
        lock_errors = 'mutation { createTask(input: {title: ""}) { errors { code } } }'
        assert (await own_workline.fetch(lock_errors, MANAGER))["createTask"]["errors"] == [{"code": "INVALID"}]
    assert not statements


async def test_a_password_that_changes_during_its_verification_issues_no_token(
    own_workline: Workline, monkeypatch: pytest.MonkeyPatch
) -> None:
    derive = PasswordHasher.derive

    async def changed(self: PasswordHasher, parameters: str | None, password: str) -> str:
        async with own_workline.database.as_system() as connection:
            await connection.execute("UPDATE identities SET password_hash = 'another'")
        return await derive(self, parameters, password)

    monkeypatch.setattr(PasswordHasher, "derive", changed)
    payload = (await own_workline.fetch(LOG_IN, None, password=PASSWORD))["logIn"]
    assert payload == {"token": None, "errors": [{"code": "INVALID"}]}


async def logged_in(workline: Workline, password: str) -> Viewer:
    """Return the viewer of the token that a login issues."""
    payload = (await workline.fetch(LOG_IN, None, password=password))["logIn"]
    assert payload["errors"] == []
    return workline.services.tokens.verify(payload["token"]).viewer
