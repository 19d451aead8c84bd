"""Entities: records of representations, one statement per type, and nothing of other organizations."""

from typing import Any

import pytest
from uuid_utils import uuid7

from graphql_app.execution.options import ExecutorOptions
from graphql_app.execution.request import GraphQLRequest
from graphql_app.limits import Limits
from graphql_app.types.schema import Api
from tests.support.api import OWNER, Json, Workline, serving
from tests.support.databases import TestDatabase
from tests.support.organizations import ALPHA, BRAVO

TYPES = ("Task", "Worker", "Post")
LISTS = {"Task": "tasks", "Worker": "workers", "Post": "posts"}
ENTITIES = """query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    __typename
    ... on Task { title assignee { name } comments(first: 2) { nodes { body } } }
    ... on Worker { name }
    ... on Post { body }
  }
}"""
IDS = "query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Task { id } } }"


def representation(name: object, id: object) -> Json:
    """Return a representation."""
    return {"__typename": name, "id": id}


async def ids(workline: Workline, name: str, organization: Any = ALPHA) -> list[str]:
    """Return the IDs of an organization's records of a type."""
    data = await workline.fetch(f"{{ {LISTS[name]} {{ nodes {{ id }} }} }}", organization.viewer())
    return [node["id"] for node in data[LISTS[name]]["nodes"]]


async def entities(workline: Workline, *given: Json, query: str = ENTITIES) -> Json:
    """Return the body of the response to representations."""
    return await workline.respond(query, representations=list(given))


async def test_records_are_returned_in_the_order_of_their_representations(subgraph: Workline) -> None:
    wanted = [(name, id) for name in TYPES for id in await ids(subgraph, name)]
    wanted = [*wanted[::-1], wanted[0]]
    query = ENTITIES.replace("__typename", "__typename ... on Node { id }")
    data = await subgraph.fetch(query, representations=[representation(*each) for each in wanted])
    assert [(each["__typename"], each["id"]) for each in data["_entities"]] == wanted


async def test_a_hundred_representations_of_three_types_are_three_statements(subgraph: Workline) -> None:
    known = [representation(name, id) for name in TYPES for id in await ids(subgraph, name)]
    random = [representation(TYPES[number % 3], str(uuid7())) for number in range(100 - len(known))]
    query = ENTITIES.replace(" assignee { name } comments(first: 2) { nodes { body } }", "")
    with subgraph.statements() as sent:
        data = await subgraph.fetch(query, representations=known + random)
    assert [each is not None for each in data["_entities"]] == [True] * len(known) + [False] * len(random)
    assert len(sent) == 3, sent


async def test_fields_below_add_the_same_statements_as_below_any_list(subgraph: Workline) -> None:
    tasks = [representation("Task", id) for id in await ids(subgraph, "Task")]
    for given in (tasks[:1], tasks):
        with subgraph.statements() as sent:
            await entities(subgraph, *given)
        assert len(sent) <= 3, sent


async def test_a_record_of_another_organization_is_like_a_random_one(subgraph: Workline) -> None:
    theirs = set(await ids(subgraph, "Task", BRAVO)) - set(await ids(subgraph, "Task"))
    assert theirs
    for query in (ENTITIES, IDS):
        found = await entities(subgraph, *[representation("Task", id) for id in sorted(theirs)], query=query)
        random = await entities(subgraph, *[representation("Task", str(uuid7())) for _ in theirs], query=query)
        assert found == random == {"data": {"_entities": [None] * len(theirs)}}


async def test_an_id_of_another_type_is_like_a_random_one(subgraph: Workline) -> None:
    (task, *_), (worker, *_) = await ids(subgraph, "Task"), await ids(subgraph, "Worker")
    assert task != worker
    random = await entities(subgraph, representation("Worker", str(uuid7())))
    assert await entities(subgraph, representation("Worker", task)) == random == {"data": {"_entities": [None]}}


async def test_records_that_rules_hide_from_the_viewer_are_null(subgraph: Workline) -> None:
    data = await subgraph.fetch("{ invitations { nodes { id } } }")
    (invitation, *_) = data["invitations"]["nodes"]
    query = "query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }"
    given = [representation("Invitation", invitation["id"])]
    assert (await subgraph.fetch(query, r=given))["_entities"] == [{"__typename": "Invitation"}]
    assert (await subgraph.fetch(query, ALPHA.viewer("MEMBER"), r=given))["_entities"] == [None]


@pytest.mark.parametrize(
    ("given", "key", "message"),
    [
        (representation("Task", "x"), "id", "Must be an ID."),
        (representation("Task", 5), "id", "Must be the ID of a record."),
        (representation("Nothing", str(uuid7())), "__typename", "Must be the name of a type with an ID."),
        (representation("PageInfo", str(uuid7())), "__typename", "Must be the name of a type with an ID."),
        (representation(["Task"], str(uuid7())), "__typename", "Must be the name of a type with an ID."),
        ({"__typename": "Task"}, "id", "Must be the ID of a record."),
        ({}, "__typename", "Must be the name of a type with an ID."),
    ],
)
async def test_a_malformed_representation_is_an_error_of_its_entry(
    subgraph: Workline, given: Json, key: str, message: str
) -> None:
    (task, *_) = await ids(subgraph, "Task")
    body = await entities(subgraph, given, representation("Task", task))
    assert [each and each["__typename"] for each in body["data"]["_entities"]] == [None, "Task"]
    (error,) = body["errors"]
    assert error["message"].startswith(message)
    assert error["path"] == ["_entities", 0]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["argumentPath"] == ["representations", 0, key]


@pytest.mark.parametrize("given", ["Task", 5, ["Task"]])
async def test_a_representation_that_is_no_object_is_an_invalid_variable(subgraph: Workline, given: object) -> None:
    body = await subgraph.respond(ENTITIES, representations=[given])
    assert "data" not in body
    assert body["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_literals_are_representations_too(subgraph: Workline) -> None:
    for id in (await ids(subgraph, "Task"))[:3]:
        text = f'{{ _entities(representations: [{{__typename: "Task", id: "{id}"}}]) {{ ... on Task {{ id }} }} }}'
        assert (await subgraph.fetch(text))["_entities"] == [{"id": id}]


async def test_representations_count_in_the_cost(subgraph: Workline) -> None:
    costs = []
    for number in (1, 101):
        given = {"representations": [representation("Task", str(uuid7()))] * number}
        response = await subgraph.executor.execute(GraphQLRequest(IDS, given, reports_cost=True), viewer=OWNER)
        costs.append(response.body["extensions"]["cost"]["requestedQueryCost"])
    assert costs[1] == 101 * costs[0] > 100


async def test_the_number_of_representations_is_limited(
    mode: None, subgraph_api: Api, organizations: TestDatabase
) -> None:
    options = ExecutorOptions(limits=Limits(entities_most=2))
    async with serving(subgraph_api, organizations, options) as limited:
        given = [representation("Task", str(uuid7()))] * 3
        assert (await entities(limited, *given[:2], query=IDS)) == {"data": {"_entities": [None, None]}}
        body = await entities(limited, *given, query=IDS)
        assert body["errors"][0]["message"] == "At most 2 representations are allowed."


async def test_entities_require_a_login(subgraph: Workline) -> None:
    body = await subgraph.respond(ENTITIES, None, representations=[])
    assert body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
