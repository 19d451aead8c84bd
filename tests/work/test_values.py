"""Values of tasks and orders at the limits of their kinds: the same after they are written, or refused before."""

from typing import Any

import pytest

from tests.support.api import OWNER, Workline
from tests.support.organizations import ALPHA, id_of

CREATE = """
mutation ($input: CreateTaskInput!) {
  createTask(input: $input) { task { id title dueAt } errors { __typename code message path } }
}
"""
LIST = """
query ($filter: TaskFilter, $orderBy: [TaskOrderBy!], $first: Int, $after: String) {
  tasks(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    totalCount
    edges { cursor node { id dueAt } }
    pageInfo { endCursor hasNextPage }
    aggregates { min { dueAt } max { dueAt } }
    groups(by: [{time: {field: DUE_AT, every: MONTH}}]) { count key { dueAt } }
  }
}
"""
FIRST, LAST = "0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("0001-01-01T00:00:00Z", FIRST),
        ("0001-01-01T00:00:00.0000000Z", FIRST),
        ("9999-12-31T23:59:59.999999Z", LAST),
        ("9999-12-31T23:59:59.9999990Z", LAST),
    ],
)
async def test_the_first_and_the_last_moment_are_read_as_they_were_written(
    own_workline: Workline, given: str, shown: str
) -> None:
    payload = (await own_workline.fetch(CREATE, OWNER, input={"title": "Edge", "dueAt": given}))["createTask"]
    assert payload["errors"] == []
    assert payload["task"]["dueAt"] == shown
    async with own_workline.database.as_system() as connection:
        sql = "SELECT isfinite(due_at) AND due_at = $1::text::timestamptz FROM tasks WHERE title = 'Edge'"
        assert await connection.fetchval(sql, given.replace("9990Z", "999Z"))
    found = (await own_workline.fetch(LIST, OWNER, filter={"title": {"eq": "Edge"}}))["tasks"]
    assert [edge["node"]["dueAt"] for edge in found["edges"]] == [shown]
    assert found["aggregates"] == {"min": {"dueAt": shown}, "max": {"dueAt": shown}}
    assert found["groups"] == [{"count": 1, "key": {"dueAt": shown[:8] + "01T00:00:00.000000Z"}}]
    by_time = (await own_workline.fetch(LIST, OWNER, filter={"dueAt": {"eq": given}}))["tasks"]
    assert by_time["totalCount"] == 1


@pytest.mark.parametrize("given", ["9999-12-31T23:59:59.9999999Z", "2026-01-01T00:00:00.1234567Z"])
async def test_a_moment_more_precise_than_a_microsecond_is_refused(own_workline: Workline, given: str) -> None:
    response = await own_workline.execute(CREATE, OWNER, input={"title": "Edge", "dueAt": given})
    assert response.codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("stored", ["infinity", "-infinity", "4713-01-01 BC", "294276-01-01"])
async def test_a_moment_that_python_cannot_represent_breaks_no_list(own_workline: Workline, stored: str) -> None:
    async with own_workline.database.as_system() as connection:
        sql = "UPDATE tasks SET due_at = $1::text::timestamptz WHERE organization_id = $2 AND id = $3"
        await connection.execute(sql, stored, ALPHA.organization, id_of("tasks", 0))
    expected = LAST if stored in ("infinity", "294276-01-01") else FIRST
    seen: list[str] = []
    after = None
    while True:
        order = [{"dueAt": {"direction": "DESC" if expected == LAST else "ASC", "nulls": "LAST"}}]
        page = (await own_workline.fetch(LIST, OWNER, orderBy=order, first=1, after=after))["tasks"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        if len(seen) == 1:
            assert page["edges"][0]["node"] == {"id": str(id_of("tasks", 0)), "dueAt": expected}
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert len(seen) == len(set(seen)) == page["totalCount"]


@pytest.mark.parametrize(
    ("filter", "finds"),
    [
        ({"priority": {"lte": 40_000}}, True),
        ({"priority": {"gt": 40_000}}, False),
        ({"priority": {"in": [40_000]}}, False),
        ({"priority": {"neq": -40_000}}, True),
    ],
)
async def test_a_number_out_of_the_range_of_a_column_is_compared(workline: Workline, filter: Any, finds: bool) -> None:
    found = (await workline.fetch(LIST, OWNER, filter=filter))["tasks"]
    everything = (await workline.fetch(LIST, OWNER))["tasks"]
    assert found["totalCount"] == (everything["totalCount"] if finds else 0)


async def test_an_amount_with_more_decimal_places_is_compared(workline: Workline) -> None:
    query = "query ($filter: OrderLineFilter) { orders { nodes { lines(filter: $filter) { totalCount } } } }"
    for filter, compared in (({"lt": "0.005"}, False), ({"gt": "0.005"}, True)):
        orders = (await workline.fetch(query, OWNER, filter={"unitPrice": filter}))["orders"]["nodes"]
        every = (await workline.fetch(query, OWNER))["orders"]["nodes"]
        assert sum(each["lines"]["totalCount"] for each in orders) == (
            sum(each["lines"]["totalCount"] for each in every) if compared else 0
        )


@pytest.mark.parametrize(
    ("title", "message"),
    [
        ("\u200b\u200c\u200d\u2060\ufeff", "Must be 1-200 characters and not blank."),
        ("\u3164", "Must be 1-200 characters and not blank."),
        ("one\ntwo", "Must be one line, without control characters."),
        ("one\rtwo", "Must be one line, without control characters."),
        ("one\u2028two", "Must be one line, without control characters."),
        ("one\x07two", "Must be one line, without control characters."),
    ],
)
async def test_a_title_that_is_invisible_or_several_lines_is_refused(
    own_workline: Workline, title: str, message: str
) -> None:
    payload = (await own_workline.fetch(CREATE, OWNER, input={"title": title}))["createTask"]
    error = {"__typename": "ValidationError", "code": "INVALID", "message": message, "path": ["title"]}
    assert payload == {"task": None, "errors": [error]}


async def test_a_title_is_trimmed(own_workline: Workline) -> None:
    payload = (await own_workline.fetch(CREATE, OWNER, input={"title": "\u00a0 Mend the roof\u200b\n"}))["createTask"]
    assert (payload["errors"], payload["task"]["title"]) == ([], "Mend the roof")
