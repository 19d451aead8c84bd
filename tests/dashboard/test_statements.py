"""Statements of the dashboard: one per selected figure, all in one snapshot."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graphql_app.execution.options import ExecutorOptions
from graphql_app.postgres.admin_connections import connect
from graphql_app.types.schema import Api
from schema.dashboard import arguments
from tests.dashboard.business import Business, fetch_rows
from tests.dashboard.test_work import show
from tests.engine.backend_activity import until
from tests.support.api import Workline, serving
from tests.support.databases import TestDatabase

FIGURES = {
    "__typename": 0,
    "tasksByStatus { status count }": 1,
    "overdueTasks { totalCount }": 1,
    "overdueTasks { totalCount nodes { id } }": 2,
    "tasksDueSoon { totalCount }": 1,
    "workload { openTasks }": 1,
    "workload { openTasks worker { name } }": 2,
    "throughput { startsAt completedTasks }": 1,
    "moneyIn { amount }": 1,
    "moneyOut { amount }": 1,
    "a: moneyIn { amount } b: moneyIn(last: 12, every: MONTH) { currency }": 1,
    "a: moneyIn { amount } b: moneyIn(last: 6) { amount }": 2,
}
EVERYTHING = """tasksByStatus { status count } overdueTasks { totalCount nodes { id } } tasksDueSoon { totalCount }
  workload { openTasks worker { name hourlyRate } } throughput(timeZone: "Europe/Berlin") { startsAt completedTasks }
  moneyIn { startsAt currency amount transfers } moneyOut(every: WEEK) { amount }"""


@pytest.mark.parametrize(("selection", "number"), FIGURES.items())
async def test_a_figure_takes_one_statement(dashboard: Workline, mine: Business, selection: str, number: int) -> None:
    with dashboard.statements() as sent:
        await show(dashboard, mine, selection)
    assert len(sent) == number


async def test_all_figures_take_one_statement_each(dashboard: Workline, mine: Business) -> None:
    with dashboard.statements() as sent:
        await show(dashboard, mine, EVERYTHING)
    assert len(sent) == 9


async def test_all_figures_read_one_snapshot(own_dashboard: Workline, mine: Business) -> None:
    """Another transaction adds an overdue task while the figures are computed: none of them counts it."""
    selection = "tasksByStatus { count } moneyIn { amount } overdueTasks { totalCount nodes { id } }"
    before = await show(own_dashboard, mine, selection)
    with own_dashboard.statements() as sent:
        shown = await show_during_an_insert(own_dashboard, mine, selection)
    tables = [next(table for table in ("transfers", "tasks") if f"FROM {table}" in each) for each in sent]
    assert tables[0] == "tasks"
    assert "transfers" in tables
    assert tables[-1] == "tasks", "the last figure is read after the new task is committed"
    assert shown == before
    after = await show(own_dashboard, mine, selection)
    assert after["overdueTasks"]["totalCount"] == before["overdueTasks"]["totalCount"] + 1
    assert after["tasksByStatus"][0]["count"] == before["tasksByStatus"][0]["count"] + 1


async def show_during_an_insert(dashboard: Workline, business: Business, selection: str) -> Any:
    """Return the figures if a task is added after the first one and before those that read the transfers."""
    database = dashboard.database
    connection = await connect(database.admin)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE transfers IN ACCESS EXCLUSIVE MODE")
            showing = asyncio.create_task(show(dashboard, business, selection))

            async def waits() -> Any:
                return await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted")

            await until(waits)
            await add_late_task(database, business)
        return await showing
    finally:
        await connection.close()


async def add_late_task(database: TestDatabase, business: Business) -> None:
    await fetch_rows(
        database,
        "INSERT INTO tasks (organization_id, id, creator_id, title, status, priority, due_at) "
        "VALUES ($1, gen_random_uuid(), $2, 'Late', 'OPEN', 3, $3)",
        business.organization,
        business.user,
        business.now - timedelta(days=1),
    )


async def test_plans_and_resolvers_give_the_same_answer(dashboard: Workline, workline_api: Api, mine: Business) -> None:
    answers = []
    for plan in (True, False):
        async with serving(workline_api, dashboard.database, ExecutorOptions(plan=plan)) as workline:
            answers.append(await show(workline, mine, EVERYTHING))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("plan", [True, False])
async def test_the_current_time_is_read_for_each_request(
    dashboard: Workline, workline_api: Api, mine: Business, monkeypatch: pytest.MonkeyPatch, *, plan: bool
) -> None:
    """A cached document does not keep the time of its first request."""
    counts = []
    async with serving(workline_api, dashboard.database, ExecutorOptions(plan=plan)) as workline:
        for days in (0, 10, -50):
            moment = datetime.now(UTC) + timedelta(days=days)
            monkeypatch.setattr(arguments, "now", lambda _context, moment=moment: moment)
            shown = await show(workline, mine, "overdueTasks { totalCount }")
            late = """SELECT count(*) FROM tasks WHERE organization_id = $1 AND status IN ('OPEN', 'IN_PROGRESS')
                AND due_at < $2"""
            ((expected,),) = await fetch_rows(dashboard.database, late, mine.organization, moment)
            counts.append(shown["overdueTasks"]["totalCount"])
            assert counts[-1] == expected
    assert len(set(counts)) == len(counts)


async def test_each_organization_sees_only_its_own_figures(
    dashboard: Workline, mine: Business, theirs: Business
) -> None:
    selection = EVERYTHING.replace("tasksDueSoon {", "tasksDueSoon { nodes { id }")
    shown = [await show(dashboard, business, selection) for business in (mine, theirs)]
    assert not [field for field in shown[0] if shown[0][field] == shown[1][field]]
    workers = [{each["worker"]["name"] for each in one["workload"]} for one in shown]
    assert workers[0] == workers[1] == {f"Worker {number}" for number in range(6)}
    total = "SELECT count(*)::int FROM tasks WHERE organization_id = $1"
    for business, one in zip((mine, theirs), shown, strict=True):
        ((number,),) = await fetch_rows(dashboard.database, total, business.organization)
        assert sum(each["count"] for each in one["tasksByStatus"]) == number


async def test_the_dashboard_requires_authentication(dashboard: Workline) -> None:
    assert (await dashboard.refuse("{ dashboard { tasksByStatus { count } } }", None))["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("selection", "path", "limit"),
    [
        ("tasksDueSoon(days: 0) { totalCount }", ["days"], {"minimum": 1, "maximum": 36500}),
        ("tasksDueSoon(days: 36501) { totalCount }", ["days"], {"minimum": 1, "maximum": 36500}),
        ("tasksDueSoon(first: 101) { nodes { id } }", ["first"], {"minimum": 0, "maximum": 100}),
        ('overdueTasks(after: "x") { nodes { id } }', ["after"], None),
        ("workload(first: 0) { openTasks }", ["first"], {"minimum": 1, "maximum": 100}),
        ("workload(first: 101) { openTasks }", ["first"], {"minimum": 1, "maximum": 100}),
        ("throughput(weeks: 0) { completedTasks }", ["weeks"], {"minimum": 1, "maximum": 366}),
        ("throughput(weeks: 367) { completedTasks }", ["weeks"], {"minimum": 1, "maximum": 366}),
        ('throughput(timeZone: "Mars/Base") { completedTasks }', ["timeZone"], None),
        ('throughput(timeZone: "") { completedTasks }', ["timeZone"], None),
        ('throughput(timeZone: "localtime") { completedTasks }', ["timeZone"], None),
        ("moneyIn(last: 0) { amount }", ["last"], {"minimum": 1, "maximum": 366}),
        ("moneyOut(last: 367) { amount }", ["last"], {"minimum": 1, "maximum": 366}),
        ("moneyOut(timeZone: \"' || pg_sleep(9) || '\") { amount }", ["timeZone"], None),
    ],
)
async def test_an_argument_out_of_range_is_refused(
    dashboard: Workline, mine: Business, selection: str, path: list[str], limit: dict[str, int] | None
) -> None:
    refusal = await dashboard.refuse(f"{{ dashboard {{ {selection} }} }}", mine.viewer())
    assert refusal.pop("valueLimit", None) == limit
    assert refusal == {"code": "BAD_USER_INPUT", "argumentPath": path}
