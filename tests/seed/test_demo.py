"""Contents of the demo."""

from typing import Any

import asyncpg
import pytest

from graphql_app.identity.models import UserRole
from graphql_app.identity.passwords import SOUND, derive, hash_password
from graphql_app.identity.seed import DEMO_PASSWORD
from graphql_app.postgres.admin_connections import DriverConnection, connect
from graphql_app.postgres.roles import APP
from schema.billing.models import OrderStatus, PaymentStatus
from schema.seed.demo import MANAGER_EMAIL, MEMBER_EMAIL, OTHER_OWNER_EMAIL, OWNER_EMAIL, SOUTH
from schema.seed.random_source import NOW
from schema.work.models import TaskStatus
from tests.seed.seeded import counts
from tests.support.databases import TestDatabase


async def values(rows: DriverConnection, table: str, column: str) -> dict[Any, int]:
    """Return the number of rows by value, over both organizations."""
    found = await rows.fetch(f"SELECT {column} AS value, count(*) FROM {table} GROUP BY 1")
    return {row["value"]: row["count"] for row in found}


async def share(rows: DriverConnection, table: str, condition: str) -> float:
    """Return the share of rows for which a condition holds."""
    return float(await rows.fetchval(f"SELECT avg(({condition})::int) FROM {table}"))


async def test_the_database_has_the_requested_sizes(demo: TestDatabase) -> None:
    found = await counts(demo)
    assert (found["organizations"], found["tasks"], found["comments"], found["posts"]) == (2, 240, 240, 24)
    assert (found["users"], found["identities"], found["workers"]) == (16, 16, 12)
    assert (found["categories"], found["labels"], found["orders"]) == (16, 24, 30)


async def test_the_organizations_are_a_repair_shop_and_a_design_studio(rows: DriverConnection) -> None:
    assert await values(rows, "organizations", "name") == {"North Repair": 1, "South Studio": 1}


@pytest.mark.parametrize("email", [OWNER_EMAIL, MANAGER_EMAIL, MEMBER_EMAIL, OTHER_OWNER_EMAIL])
async def test_the_application_finds_the_login_and_its_password_matches(
    demo: TestDatabase, rows: DriverConnection, email: str
) -> None:
    connection = await connect(demo.app)
    try:
        assert len(await connection.fetch("SELECT * FROM find_login($1)", email)) == 1
        parameters = await connection.fetchval("SELECT password_parameters($1)", email)
    finally:
        await connection.close()
    stored = await rows.fetchval("SELECT password_hash FROM identities WHERE email = $1", email)
    assert derive(parameters, DEMO_PASSWORD) == stored
    assert derive(parameters, DEMO_PASSWORD + "!") != stored


async def test_hashes_have_the_usual_cost(rows: DriverConnection) -> None:
    ((stored, _),) = (await values(rows, "identities", "password_hash")).items()
    assert stored.split("$")[:4] == hash_password("another", SOUND).split("$")[:4]


async def test_the_first_three_users_are_an_owner_a_manager_and_a_member(rows: DriverConnection) -> None:
    emails = [OWNER_EMAIL, MANAGER_EMAIL, MEMBER_EMAIL]
    roles = [await rows.fetchval("SELECT role FROM users WHERE email = $1", email) for email in emails]
    assert roles == [UserRole.OWNER, UserRole.MANAGER, UserRole.MEMBER]


async def test_every_status_occurs_in_each_organization(rows: DriverConnection) -> None:
    assert set(await values(rows, "tasks", "status")) == set(TaskStatus)
    assert await values(rows, "(SELECT DISTINCT organization_id, status FROM orders) o", "status") == dict.fromkeys(
        OrderStatus, 2
    )
    lasting = set(PaymentStatus) - {PaymentStatus.REFUNDING}  # a refunding payment lasts only until the money is back
    assert await values(rows, "(SELECT DISTINCT organization_id, status FROM payments) p", "status") == dict.fromkeys(
        lasting, 2
    )


@pytest.mark.parametrize(
    ("table", "condition"),
    [
        ("tasks", "due_at IS NULL"),
        ("tasks", "assignee_id IS NULL"),
        ("tasks", "category_id IS NULL"),
        ("tasks", "parent_id IS NOT NULL"),
        ("tasks", "order_id IS NOT NULL"),
        ("tasks", "description IS NULL"),
        ("tasks", "status IN ('OPEN', 'IN_PROGRESS')"),
        ("tasks", "status IN ('OPEN', 'IN_PROGRESS') AND due_at < now()"),
        ("posts", "published_at IS NULL"),
        ("comments", "post_id IS NULL"),
        ("users", "deactivated_at IS NOT NULL"),
        ("workers", "deactivated_at IS NOT NULL"),
        ("workers", "user_id IS NULL"),
        ("accounts", "closed_at IS NOT NULL"),
        ("transfers", "reverses_id IS NOT NULL"),
        ("orders", "note IS NULL"),
    ],
)
async def test_optional_values_are_sometimes_null(rows: DriverConnection, table: str, condition: str) -> None:
    assert 0.02 < await share(rows, table, condition) < 0.95


async def test_some_tasks_are_due_at_the_same_time(rows: DriverConnection) -> None:
    due = await values(rows, "tasks", "due_at")
    assert sum(number > 1 for at, number in due.items() if at) > 20
    assert any(at > NOW for at in due if at)


async def test_subtasks_have_subtasks(rows: DriverConnection) -> None:
    assert await rows.fetchval(
        "SELECT count(*) FROM tasks t JOIN tasks p ON (p.organization_id, p.id) = (t.organization_id, t.parent_id) "
        "WHERE p.parent_id IS NOT NULL"
    )


@pytest.mark.parametrize(
    "empty",
    [
        "categories c WHERE NOT EXISTS (SELECT FROM tasks WHERE category_id = c.id)",
        "labels l WHERE NOT EXISTS (SELECT FROM task_labels WHERE label_id = l.id)",
        "workers w WHERE NOT EXISTS (SELECT FROM tasks WHERE assignee_id = w.id)",
        "tasks t WHERE NOT EXISTS (SELECT FROM comments WHERE task_id = t.id)",
        "accounts a WHERE kind = 'CUSTOMER' AND NOT EXISTS (SELECT FROM orders WHERE customer_account_id = a.id)",
    ],
)
async def test_some_records_have_no_children(rows: DriverConnection, empty: str) -> None:
    assert await rows.fetchval(f"SELECT count(DISTINCT organization_id) FROM {empty}") == 2


async def test_all_tasks_of_a_fulfilled_order_were_done_before(rows: DriverConnection) -> None:
    orders = await rows.fetch(
        "SELECT bool_and(t.status = 'DONE' AND t.completed_at <= o.fulfilled_at) AS done FROM orders o "
        "LEFT JOIN tasks t ON (t.organization_id, t.order_id) = (o.organization_id, o.id) "
        "WHERE o.status = 'FULFILLED' GROUP BY o.organization_id, o.id"
    )
    assert {row["done"] for row in orders} == {True}


async def test_subtasks_of_a_finished_task_are_finished(rows: DriverConnection) -> None:
    assert not await rows.fetchval(
        "SELECT count(*) FROM tasks t JOIN tasks p ON (p.organization_id, p.id) = (t.organization_id, t.parent_id) "
        "WHERE p.status IN ('DONE', 'CANCELLED') AND t.status IN ('OPEN', 'IN_PROGRESS')"
    )


async def test_the_application_sees_the_rows_of_one_organization(demo: TestDatabase, rows: DriverConnection) -> None:
    south = await rows.fetchval("SELECT id FROM organizations WHERE name = $1", SOUTH.name)
    connection = await connect(demo.app)
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL app.org = '{south}'")
            assert await connection.fetchval("SELECT current_user") == APP
            assert await values(connection, "organizations", "name") == {SOUTH.name: 1}
            for table in ("users", "workers", "tasks", "posts", "comments", "accounts", "entries", "orders"):
                assert set(await values(connection, table, "organization_id")) == {south}
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch("SELECT FROM identities")
    finally:
        await connection.close()
