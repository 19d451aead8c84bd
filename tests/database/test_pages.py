"""Query plans of pages under row-level security: index scans in page order, for tables of any size."""

from uuid import UUID

import pytest

from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.roles import APP

Two = tuple[UUID, UUID]

PAGES = {
    "SELECT * FROM tasks WHERE organization_id = $1 ORDER BY id LIMIT 25": "pk_tasks",
    "SELECT * FROM tasks WHERE organization_id = $1 ORDER BY due_at, id LIMIT 25": "ix_tasks_organization_id_due_at_id",
    "SELECT * FROM tasks WHERE organization_id = $1 AND assignee_id = $1 ORDER BY id LIMIT 25": (
        "ix_tasks_organization_id_assignee_id_id"
    ),
    "SELECT * FROM tasks WHERE organization_id = $1 AND assignee_id = $1 AND id > $1 ORDER BY id LIMIT 25": (
        "ix_tasks_organization_id_assignee_id_id"
    ),
    "SELECT * FROM comments WHERE organization_id = $1 AND task_id = $1 ORDER BY id DESC LIMIT 25": (
        "ix_comments_organization_id_task_id_id"
    ),
    "SELECT * FROM entries WHERE organization_id = $1 AND account_id = $1 ORDER BY id LIMIT 25": (
        "ix_entries_organization_id_account_id_id"
    ),
}


@pytest.mark.parametrize(("statement", "index"), PAGES.items())
async def test_a_page_is_an_index_scan_with_one_check_of_the_policy(
    rows: DriverConnection, two: Two, statement: str, index: str
) -> None:
    await rows.execute(f"SET LOCAL ROLE {APP}; SET LOCAL app.org = '{two[0]}'")
    # PostgreSQL would scan and sort a small table: without both, the plan shows how the index is used
    await rows.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    await rows.execute("SET LOCAL enable_incremental_sort = off")
    literal = statement.replace("$1", f"'{two[0]}'::uuid")
    plan = "\n".join(row[0] for row in await rows.fetch(f"EXPLAIN (COSTS off) {literal}"))
    assert f"using {index} on" in plan
    assert "Sort" not in plan
    assert plan.count("current_setting") == plan.count("One-Time Filter") == 1
