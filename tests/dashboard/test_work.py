"""Figures about work, compared with plain SQL, lists, aggregates and groups."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.dashboard.business import WORKERS, Business, fetch_rows
from tests.support.api import Workline

UNFINISHED = "organization_id = $1 AND status IN ('OPEN', 'IN_PROGRESS')"


async def show(dashboard: Workline, business: Business, selection: str, role: str = "MANAGER") -> Any:
    return (await dashboard.fetch(f"{{ dashboard {{ {selection} }} }}", business.viewer(role)))["dashboard"]


async def test_tasks_by_status(dashboard: Workline, mine: Business) -> None:
    shown = (await show(dashboard, mine, "tasksByStatus { status count }", "MEMBER"))["tasksByStatus"]
    counts = "SELECT status, count(*) FROM tasks WHERE organization_id = $1 GROUP BY status"
    assert {each["status"]: each["count"] for each in shown} == dict(
        await fetch_rows(dashboard.database, counts, mine.organization)
    )
    assert [each["status"] for each in shown] == ["OPEN", "IN_PROGRESS", "DONE", "CANCELLED"]
    groups = await dashboard.fetch(
        "{ tasks { groups(by: [{field: STATUS}]) { key { status } count } } }", mine.viewer()
    )
    grouped = {each["key"]["status"]: each["count"] for each in groups["tasks"]["groups"]}
    assert grouped == {each["status"]: each["count"] for each in shown}


async def test_a_status_without_tasks_has_a_count_of_zero(dashboard: Workline) -> None:
    selection = """tasksByStatus { count } overdueTasks { totalCount } tasksDueSoon { totalCount }
      workload { openTasks } throughput { completedTasks } moneyIn { amount } moneyOut { amount }"""
    business = Business(0)
    await business.found(dashboard.database)
    assert await show(dashboard, business, selection) == {
        "tasksByStatus": [{"count": 0}] * 4,
        "overdueTasks": {"totalCount": 0},
        "tasksDueSoon": {"totalCount": 0},
        "workload": [],
        "throughput": [{"completedTasks": 0}] * 12,
        "moneyIn": [],
        "moneyOut": [],
    }


async def test_overdue_tasks(dashboard: Workline, mine: Business) -> None:
    shown = (await show(dashboard, mine, "overdueTasks(first: 100) { totalCount nodes { id isOverdue } }"))[
        "overdueTasks"
    ]
    late = f"SELECT id::text FROM tasks WHERE {UNFINISHED} AND due_at < $2 ORDER BY due_at, id"
    expected = [id for (id,) in await fetch_rows(dashboard.database, late, mine.organization, mine.now)]
    assert [node["id"] for node in shown["nodes"]] == expected[:100]
    assert shown["totalCount"] == len(expected) > 0
    assert all(node["isOverdue"] for node in shown["nodes"])
    others = await dashboard.fetch("{ tasks(first: 100) { nodes { id isOverdue } } }", mine.viewer())
    assert {node["id"] for node in others["tasks"]["nodes"] if node["isOverdue"]} <= set(expected)


@pytest.mark.parametrize("days", [1, 7, 30])
async def test_tasks_due_soon(dashboard: Workline, mine: Business, days: int) -> None:
    selection = f"tasksDueSoon(days: {days}, first: 100) {{ totalCount nodes {{ id }} }}"
    shown = (await show(dashboard, mine, selection))["tasksDueSoon"]
    soon = f"SELECT id::text, due_at FROM tasks WHERE {UNFINISHED} AND due_at >= $2 ORDER BY due_at, id"
    found = await fetch_rows(dashboard.database, soon, mine.organization, mine.now)
    # the current time may pass the due time of a task at the boundary in the meantime
    edges = [mine.now + timedelta(days=days, hours=hours) for hours in (-0.5, 0.5)]
    sure, maybe = [[id for id, due in found if due < edge] for edge in edges]
    ids = [node["id"] for node in shown["nodes"]]
    assert ids == maybe[: len(ids)]
    assert len(sure) <= shown["totalCount"] == len(ids) <= len(maybe)


async def test_overdue_and_soon_due_tasks_are_ordinary_lists(dashboard: Workline, mine: Business) -> None:
    selection = """overdueTasks(filter: {status: {eq: OPEN}}, orderBy: [{dueAt: {direction: DESC}}], first: 5) {
      totalCount nodes { id } pageInfo { endCursor hasNextPage } aggregates { max { dueAt } }
      groups(by: [{relation: ASSIGNEE}]) { key { assignee { id } } count } }"""
    shown = (await show(dashboard, mine, selection))["overdueTasks"]
    late = "FROM tasks WHERE organization_id = $1 AND status = 'OPEN' AND due_at < $2"
    values = mine.organization, mine.now
    newest = await fetch_rows(
        dashboard.database, f"SELECT id::text {late} ORDER BY due_at DESC, id DESC LIMIT 5", *values
    )
    assert [node["id"] for node in shown["nodes"]] == [id for (id,) in newest]
    groups = await fetch_rows(dashboard.database, f"SELECT assignee_id::text, count(*) {late} GROUP BY 1", *values)
    assert {(each["key"]["assignee"] or {}).get("id"): each["count"] for each in shown["groups"]} == dict(groups)
    assert shown["totalCount"] == sum(count for _, count in groups)
    after = f'overdueTasks(first: 5, after: "{await end_of_first_page(dashboard, mine)}") {{ nodes {{ id }} }}'
    second = (await show(dashboard, mine, after))["overdueTasks"]
    everything = f"SELECT id::text FROM tasks WHERE {UNFINISHED} AND due_at < $2 ORDER BY due_at, id LIMIT 10"
    expected = [id for (id,) in await fetch_rows(dashboard.database, everything, *values)]
    assert [node["id"] for node in second["nodes"]] == expected[5:]


async def end_of_first_page(dashboard: Workline, business: Business) -> str:
    page = await show(dashboard, business, "overdueTasks(first: 5) { pageInfo { endCursor } }")
    cursor: str = page["overdueTasks"]["pageInfo"]["endCursor"]
    return cursor


@pytest.mark.parametrize("first", [1, 3, 100])
async def test_workload(dashboard: Workline, mine: Business, first: int) -> None:
    shown = (await show(dashboard, mine, f"workload(first: {first}) {{ worker {{ id name }} openTasks }}"))["workload"]
    loads = f"""SELECT assignee_id::text, count(*) FROM tasks WHERE {UNFINISHED} AND assignee_id IS NOT NULL
        GROUP BY assignee_id ORDER BY count(*) DESC, assignee_id"""
    expected = await fetch_rows(dashboard.database, loads, mine.organization)
    assert [(each["worker"]["id"], each["openTasks"]) for each in shown] == expected[:first]
    assert len(expected) == WORKERS - 1, "one worker has no tasks"
    lists = "{ workers { nodes { id tasks(filter: {status: {in: [OPEN, IN_PROGRESS]}}) { totalCount } } } }"
    counts = {
        each["id"]: each["tasks"]["totalCount"]
        for each in (await dashboard.fetch(lists, mine.viewer()))["workers"]["nodes"]
    }
    assert all(counts[each["worker"]["id"]] == each["openTasks"] for each in shown)


@pytest.mark.parametrize("weeks", [1, 12, 120])
@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kathmandu", "Pacific/Kiritimati"]
)
async def test_throughput(dashboard: Workline, mine: Business, weeks: int, zone: str) -> None:
    selection = f'throughput(weeks: {weeks}, timeZone: "{zone}") {{ startsAt completedTasks }}'
    shown = (await show(dashboard, mine, selection, "MEMBER"))["throughput"]
    done = """
    WITH weeks AS (
        SELECT (date_trunc('week', now() AT TIME ZONE $2) - n * interval '1 week') AT TIME ZONE $2 AS starts,
               (date_trunc('week', now() AT TIME ZONE $2) - (n - 1) * interval '1 week') AT TIME ZONE $2 AS ends
        FROM generate_series($3 - 1, 0, -1) n
    )
    SELECT starts, count(tasks.id) FROM weeks
    LEFT JOIN tasks ON organization_id = $1 AND completed_at >= starts AND completed_at < ends
    GROUP BY starts ORDER BY starts
    """
    expected = await fetch_rows(dashboard.database, done, mine.organization, zone, weeks)
    assert [(datetime.fromisoformat(each["startsAt"]), each["completedTasks"]) for each in shown] == expected
    assert weeks == 1 or sum(each["completedTasks"] for each in shown) > 0
    groups = f'groups(by: [{{time: {{field: COMPLETED_AT, every: WEEK, timeZone: "{zone}"}}}}], first: 1000)'
    answer = await dashboard.fetch(f"{{ tasks {{ {groups} {{ key {{ completedAt }} count }} }} }}", mine.viewer())
    grouped = {each["key"]["completedAt"]: each["count"] for each in answer["tasks"]["groups"]}
    assert all(grouped.get(each["startsAt"], 0) == each["completedTasks"] for each in shown)
