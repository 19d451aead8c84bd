"""Hourly rates: visible to managers and owners, and hidden from members in every part of the API."""

from base64 import urlsafe_b64decode

import pytest

from tests.support.api import Workline
from tests.support.organizations import ALPHA

RATES = ["104.11", "204.11", "304.11", "404.11", "504.11"]
LOWEST = '"104.12"'
DOORS = {
    "filter": f"workers(filter: {{hourlyRate: {{lt: {LOWEST}}}}}) {{ totalCount }}",
    "filter inside or": f"workers(filter: {{or: [{{hourlyRate: {{lt: {LOWEST}}}}}]}}) {{ totalCount }}",
    "filter inside not": f"workers(filter: {{not: {{hourlyRate: {{lt: {LOWEST}}}}}}}) {{ totalCount }}",
    "filter of a relation": f"tasks(filter: {{assignee: {{hourlyRate: {{lt: {LOWEST}}}}}}}) {{ totalCount }}",
    "filter of a list": f"users(filter: {{completedTasks: {{some: {{assignee: {{hourlyRate: {{lt: {LOWEST}}}}}}}}}}}) "
    "{ totalCount }",
    "order": "workers(orderBy: [{hourlyRate: {}}]) { nodes { id } }",
    "order of a relation": "tasks(orderBy: [{assignee: {hourlyRate: {}}}]) { nodes { id } }",
    "groups": "workers { groups(by: [{field: HOURLY_RATE}]) { count } }",
}


@pytest.mark.parametrize("role", ["OWNER", "MANAGER"])
async def test_managers_see_them(workline: Workline, role: str) -> None:
    data = await workline.fetch("{ workers { nodes { hourlyRate } } }", ALPHA.viewer(role))
    assert [node["hourlyRate"] for node in data["workers"]["nodes"]] == RATES


async def test_a_member_sees_null(workline: Workline) -> None:
    figures = "sum { hourlyRate } avg { hourlyRate } min { hourlyRate } max { hourlyRate }"
    data = await workline.fetch(f"{{ workers {{ nodes {{ hourlyRate }} aggregates {{ {figures} }} }} }}", MEMBER)
    assert [node["hourlyRate"] for node in data["workers"]["nodes"]] == [None] * 5
    assert data["workers"]["aggregates"] == {key: {"hourlyRate": None} for key in ("sum", "avg", "min", "max")}


async def test_a_member_sees_null_also_in_groups_and_in_search_results(workline: Workline) -> None:
    figures = "sum { hourlyRate } avg { hourlyRate } min { hourlyRate } max { hourlyRate }"
    data = await workline.fetch(
        f"""{{ tasks {{ groups(by: [{{relation: ASSIGNEE}}]) {{ key {{ assignee {{ hourlyRate }} }} }} }}
        organization: viewer {{ organization {{ workers {{
          groups(by: [{{field: NAME}}]) {{ aggregates {{ {figures} }} }} }} }} }}
        search(query: "worker", types: [WORKER]) {{ nodes {{ ... on Worker {{ hourlyRate }} }} }}
        numbers: search(query: "104") {{ nodes {{ __typename }} }} }}""",
        MEMBER,
    )
    workers = [group["key"]["assignee"] for group in data["tasks"]["groups"]] + data["search"]["nodes"]
    assert {worker["hourlyRate"] for worker in workers if worker} == {None}
    groups = data["organization"]["organization"]["workers"]["groups"]
    assert {each["hourlyRate"] for group in groups for each in group["aggregates"].values()} == {None}
    assert data["search"]["nodes"]
    assert data["numbers"]["nodes"] == []


@pytest.mark.parametrize("use", DOORS)
async def test_a_member_cannot_infer_them(workline: Workline, use: str) -> None:
    assert (await workline.refuse(f"{{ {DOORS[use]} }}", MEMBER))["code"] == "FORBIDDEN"


@pytest.mark.parametrize("use", DOORS)
async def test_a_manager_may_filter_and_order_by_them(workline: Workline, use: str) -> None:
    await workline.fetch(f"{{ {DOORS[use]} }}", ALPHA.viewer("MANAGER"))


async def test_no_cursor_contains_them(workline: Workline) -> None:
    """A cursor is readable: it may contain no value that its viewer may not read."""
    data = await workline.fetch("{ workers { edges { cursor } pageInfo { endCursor } } }", MEMBER)
    cursors = [edge["cursor"] for edge in data["workers"]["edges"]] + [data["workers"]["pageInfo"]["endCursor"]]
    texts = [urlsafe_b64decode(cursor + "==").decode() for cursor in cursors]
    assert not [text for text in texts for rate in RATES if rate in text]


MEMBER = ALPHA.viewer("MEMBER")
