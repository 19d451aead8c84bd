"""Row rules of the application: what each role reads is what each declared rule admits in plain SQL."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from graphql_app.sql.compiled import compile_statement
from graphql_app.sql.parameters import in_tenant
from graphql_app.sql.row_rules import VISIBLE, Audience
from graphql_app.types.registry import type_name_of
from graphql_app.types.schema import Api
from tests.isolation.crawl_target import Ground
from tests.support.api import Workline
from tests.support.organizations import ALPHA

pytestmark = pytest.mark.both_modes
ROLES = ["OWNER", "MANAGER", "MEMBER"]


def ruled(api: Api) -> list[Any]:
    """Return the models of the API with rules."""
    return [model for model in VISIBLE.models() if model in api.nodes]


async def admitted(workline: Workline, model: Any, role: str) -> set[str]:
    """Return the ids of the rows that the rules of a model admit, by a plain statement about its table."""
    rule, viewer = VISIBLE.condition(model, Audience(role, None)), ALPHA.viewer(role)
    rows = select(model.id).where(in_tenant(model), *(() if rule is None else (rule,)))
    compiled = compile_statement(rows)
    arguments = compiled.arguments({"organization": viewer.organization_id, "viewer_id": viewer.user_id})
    async with workline.database.as_system() as connection:
        return {str(id) for (id,) in await connection.fetch(compiled.sql, *arguments)}


@pytest.mark.parametrize("role", ROLES)
async def test_each_list_has_the_rows_that_its_rule_admits(
    workline: Workline, workline_api: Api, ground: Ground, role: str
) -> None:
    assert ruled(workline_api)
    for model in ruled(workline_api):
        expected, name = await admitted(workline, model, role), ground.api.lists[type_name_of(model)]
        document = (
            f"{{ it: {name}(first: 100) {{ totalCount aggregates {{ count }} nodes {{ id }} edges {{ cursor }} }} }}"
        )
        found = (await workline.fetch(document, ALPHA.viewer(role)))["it"]
        assert {node["id"] for node in found["nodes"]} == expected, name
        assert found["totalCount"] == found["aggregates"]["count"] == len(found["edges"]) == len(expected), name


@pytest.mark.parametrize("role", ROLES)
async def test_a_hidden_id_is_answered_like_a_random_one(
    workline: Workline, workline_api: Api, ground: Ground, role: str
) -> None:
    for model in ruled(workline_api):
        name, expected = type_name_of(model), await admitted(workline, model, role)
        field = name[0].lower() + name[1:]
        by_id = f"node(id: $id) {{ id }} nodes(ids: [$id]) {{ __typename }} {field}(id: $id) {{ id }}"
        document, records = f"query ($id: ID!) {{ {by_id} }}", ground.mine.records[name]
        for record in [each for each in records if each["id"] not in expected][:2]:
            answers = []
            for id in (record["id"], str(uuid4())):
                with workline.statements() as statements:
                    answers.append((await workline.respond(document, ALPHA.viewer(role), id=id), len(statements)))
            assert answers[0] == answers[1], name
            assert answers[0][0] == {"data": {"node": None, "nodes": [None], field: None}}


async def test_members_see_tasks_without_their_orders(workline: Workline, ground: Ground) -> None:
    document = """{
      tasks(first: 100) { nodes { order { id number } } }
      ordered: tasks(filter: {order: {number: {gt: 0}}}) { totalCount }
      byId: tasks(filter: {orderId: {isNull: false}}) { totalCount }
      organization: organizations { nodes { orders { totalCount } accounts { totalCount } } }
    }"""
    assert any(node["order"] for node in (await workline.fetch(document))["tasks"]["nodes"])
    data = await workline.fetch(document, ALPHA.viewer("MEMBER"))
    assert not any(node["order"] for node in data["tasks"]["nodes"])
    assert data["ordered"]["totalCount"] == data["byId"]["totalCount"] == 0
    (organization,) = data["organization"]["nodes"]
    assert organization == {"orders": {"totalCount": 0}, "accounts": {"totalCount": 0}}


async def test_the_viewer_s_permissions_are_the_mutations_that_are_not_refused(workline: Workline) -> None:
    document = "{ viewer { role permissions } }"
    owner = (await workline.fetch(document))["viewer"]
    member = (await workline.fetch(document, ALPHA.viewer("MEMBER")))["viewer"]
    assert (owner["role"], member["role"]) == ("OWNER", "MEMBER")
    assert {"createTask", "transferFunds"} <= set(owner["permissions"])
    assert "createTask" in member["permissions"]
    assert not {"transferFunds", "createLabel", "payOrder"} & set(member["permissions"])


async def test_the_permissions_of_tasks_follow_creator_and_assignee(workline: Workline) -> None:
    member = ALPHA.viewer("MEMBER")
    document = "{ tasks(first: 100) { nodes { id permissions { update complete delete addLabels } } } }"
    shown = (await workline.fetch(document, member))["tasks"]["nodes"]
    sql = """SELECT id::text, creator_id = $2 AS is_own, coalesce(assignee_id IN (
        SELECT id FROM workers WHERE organization_id = $1 AND user_id = $2), false) AS is_assigned
        FROM tasks WHERE organization_id = $1"""
    async with workline.database.as_system() as connection:
        rows = {row["id"]: row for row in await connection.fetch(sql, member.organization_id, member.user_id)}
    assert len(shown) == len(rows)
    for task in shown:
        row, may = rows[task["id"]], task["permissions"]
        assert may["update"] == may["complete"] == may["addLabels"] == (row["is_own"] or row["is_assigned"])
        assert may["delete"] == row["is_own"]
    assert {task["permissions"]["update"] for task in shown} == {True, False}
