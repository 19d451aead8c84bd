"""Requirements of roles and scopes: every mutation and field is refused to viewers that do not meet its own."""

from dataclasses import replace

import pytest

from graphql_app.authorization import Requirement, requirement_of
from graphql_app.strawberry_adapter import declaration_of
from graphql_app.types.schema import Api
from tests.isolation.crawl_target import Ground
from tests.isolation.mutation_probes import Writing
from tests.support.api import OWNER, Workline
from tests.support.error_cases import everything_in
from tests.support.organizations import ALPHA

READER = replace(OWNER, scopes=frozenset({"read"}))
WRITER = replace(OWNER, scopes=frozenset({"write"}))


def restricted(api: Api) -> dict[str, Requirement]:
    """Return the requirements of mutations by their names."""
    mutation = api.graphql_schema.mutation_type
    assert mutation is not None
    declared = {name: requirement_of(declaration_of(field)) for name, field in mutation.fields.items()}
    return {name: requirement for name, requirement in declared.items() if requirement is not None}


@pytest.mark.parametrize("role", ["OWNER", "MANAGER", "MEMBER"])
async def test_a_mutation_refuses_every_other_role_before_a_statement(
    own_workline: Workline, workline_api: Api, ground: Ground, role: str
) -> None:
    given, before, tried = Writing(ground.api, ground.mine), await everything_in(own_workline.database), 0
    for name, requirement in restricted(workline_api).items():
        if requirement.roles is None or role in requirement.roles:
            continue
        call = f"mutation {{ it: {given.call(name, '{ errors { __typename message path } }')} }}"
        with own_workline.statements() as statements:
            refused = (await own_workline.fetch(call, ALPHA.viewer(role)))["it"]["errors"]
        assert refused == [{"__typename": "ForbiddenError", "message": requirement.message, "path": []}], name
        assert statements == [], name
        tried += 1
    assert (tried > 0) is (role != "OWNER")
    assert await everything_in(own_workline.database) == before


async def test_a_refusal_precedes_the_errors_of_the_input_and_a_missing_key(workline: Workline) -> None:
    call = 'transferFunds(input: {fromAccountId: "x", toAccountId: "y", amount: "-1"}) { errors { code path } }'
    refused = await workline.fetch(f"mutation {{ {call} }}", ALPHA.viewer("MEMBER"))
    assert refused == {"transferFunds": {"errors": [{"code": "FORBIDDEN", "path": []}]}}


async def test_a_refused_call_rolls_back_the_others_of_a_transaction(own_workline: Workline) -> None:
    before = await everything_in(own_workline.database)
    both = """mutation @transaction {
      createTask(input: {title: "One"}) { errors { code } }
      createLabel(input: {name: "two", color: "#000000"}) { errors { code } }
    }"""
    refused = await own_workline.fetch(both, ALPHA.viewer("MEMBER"))
    assert refused["createTask"]["errors"] == [{"code": "TRANSACTION_ROLLED_BACK"}]
    assert refused["createLabel"]["errors"] == [{"code": "FORBIDDEN"}]
    assert await everything_in(own_workline.database) == before


async def test_the_scopes_of_a_key_admit_queries_and_mutations(own_workline: Workline) -> None:
    create = 'mutation { createTask(input: {title: "By a key"}) { task { title } errors { code } } }'
    read = "{ tasks { totalCount } }"
    for viewer, document, scope in ((READER, create, "write"), (WRITER, read, "read")):
        body = await own_workline.respond(document, viewer)
        assert body["errors"][0]["message"] == f"Requires scope `{scope}`."
        assert body["errors"][0]["extensions"] == {"code": "FORBIDDEN"}
    assert (await own_workline.fetch(create, WRITER))["createTask"]["task"] == {"title": "By a key"}
    await own_workline.fetch(read, READER)


def test_the_schema_shows_each_requirement(workline_api: Api) -> None:
    sdl = workline_api.sdl
    assert "directive @auth(requires: [String!], scopes: [String!]) on FIELD_DEFINITION" in sdl
    assert 'hourlyRate: Decimal @auth(requires: ["OWNER", "MANAGER"], scopes: ["money"])' in sdl
    mutation = workline_api.graphql_schema.mutation_type
    assert mutation is not None
    for name, requirement in restricted(workline_api).items():
        assert str(mutation.fields[name].description).endswith(requirement.description), name
