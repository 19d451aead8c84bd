"""Rules of the domain that the database enforces, and the constraints that report violations."""

from uuid import UUID

import asyncpg
import pytest

from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.roles import APP, SYSTEM
from tests.database.catalog import OUTSIDE_TENANCY, granted
from tests.support.application import load_models

Two = tuple[UUID, UUID]
TENANT_TABLES = sorted(set(load_models().tables) - {"organizations", *OUTSIDE_TENANCY})

REFUSED = {
    "a balance below the account's limit": (
        "UPDATE accounts SET balance = minimum_balance - 0.01",
        "ck_accounts_balance",
    ),
    "an account closed with money in it": (
        "UPDATE accounts SET closed_at = now(), balance = 1",
        "ck_accounts_closed_at",
    ),
    "an invalid currency": ("UPDATE accounts SET currency = 'euro'", "ck_accounts_currency"),
    "a transfer of zero": ("UPDATE transfers SET amount = 0", "ck_transfers_amount"),
    "a transfer from an account to itself": (
        "UPDATE transfers SET to_account_id = from_account_id",
        "ck_transfers_accounts",
    ),
    "a transfer in another currency than its accounts": (
        "UPDATE transfers SET currency = 'USD'",
        "fk_transfers_organization_id_from_account_id_currency",
    ),
    "a transfer reversed twice": (
        "INSERT INTO transfers (organization_id, id, from_account_id, to_account_id, reverses_id, amount, currency) "
        "SELECT organization_id, gen_random_uuid(), from_account_id, to_account_id, reverses_id, amount, currency "
        "FROM transfers WHERE reverses_id IS NOT NULL",
        "uq_transfers_organization_id_reverses_id",
    ),
    "an order paid twice": (
        "INSERT INTO payments (organization_id, id, order_id, payee_account_id, created_by_id, status, amount, "
        "currency, completed_at, transfer_id) "
        "SELECT payment.organization_id, gen_random_uuid(), order_id, payee_account_id, payment.created_by_id, status, "
        "payment.amount, payment.currency, completed_at, transfer.id FROM payments AS payment "
        "JOIN transfers AS transfer ON transfer.reverses_id = payment.transfer_id",
        "uq_payments_settled_order",
    ),
    "a settled payment without a transfer": ("UPDATE payments SET transfer_id = NULL", "ck_payments_transfer"),
    "a line with a wrong amount": ("UPDATE order_lines SET quantity = 2", "ck_order_lines_amount"),
    "a placed order without a time": ("UPDATE orders SET placed_at = NULL", "ck_orders_placed_at"),
    "an order's number used twice": (
        "INSERT INTO orders (organization_id, id, customer_account_id, created_by_id, number, status, currency, total) "
        "SELECT organization_id, gen_random_uuid(), customer_account_id, created_by_id, number, 'DRAFT', currency, 0 "
        "FROM orders",
        "uq_orders_organization_id_number",
    ),
    "a comment on a post and a task": (
        "UPDATE comments SET task_id = (SELECT id FROM tasks LIMIT 1) WHERE post_id IS NOT NULL",
        "ck_comments_subject",
    ),
    "a comment without a subject": ("UPDATE comments SET post_id = NULL, task_id = NULL", "ck_comments_subject"),
    "a done task without a time": (
        "UPDATE tasks SET status = 'DONE', completed_at = NULL",
        "ck_tasks_completed_at",
    ),
    "an open task with a completer": (
        "UPDATE tasks SET status = 'OPEN', completed_at = NULL WHERE completed_by_id IS NOT NULL",
        "ck_tasks_completed_by",
    ),
    "an invalid priority": ("UPDATE tasks SET priority = 6", "ck_tasks_priority"),
    "a task that is its own parent": ("UPDATE tasks SET parent_id = id", "ck_tasks_parent"),
    "a task without a title": ("UPDATE tasks SET title = ''", "ck_tasks_title_length"),
    "a title too long": ("UPDATE tasks SET title = repeat('x', 201)", "ck_tasks_title_length"),
    "an invalid address": ("UPDATE users SET email = 'ada at example'", "ck_users_email_format"),
    "an address used twice": (
        "INSERT INTO users (organization_id, id, name, email, role) "
        "SELECT organization_id, gen_random_uuid(), name, lower(email), role FROM users",
        "uq_users_organization_id_email",
    ),
    "a negative hourly rate": ("UPDATE workers SET hourly_rate = -1", "ck_workers_hourly_rate"),
    "two workers for one user": (
        "INSERT INTO workers (organization_id, id, name, hourly_rate, user_id) "
        "SELECT organization_id, gen_random_uuid(), name, 1, user_id FROM workers",
        "uq_workers_organization_id_user_id",
    ),
    "deleting a category with tasks": ("DELETE FROM categories", "fk_tasks_organization_id_category_id"),
    "deleting a worker with tasks": ("DELETE FROM workers", "fk_tasks_organization_id_assignee_id"),
}


def test_the_domain_has_the_designed_tables() -> None:
    assert {"organizations", *OUTSIDE_TENANCY, *TENANT_TABLES} >= {
        *("organizations", "users", "workers", "identities"),
        *("categories", "labels", "tasks", "task_labels"),
        *("posts", "comments"),
        *("accounts", "transfers", "entries"),
        *("orders", "order_lines", "payments"),
    }


@pytest.mark.parametrize(("statement", "constraint"), REFUSED.values(), ids=REFUSED)
async def test_the_database_rejects(rows: DriverConnection, statement: str, constraint: str) -> None:
    await rows.execute(f"SET LOCAL ROLE {SYSTEM}")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refusal:
        await rows.execute(statement)
    assert getattr(refusal.value, "constraint_name") == constraint  # noqa: B009 (untyped)


async def test_the_application_cannot_change_the_ledger(admin: DriverConnection) -> None:
    for table in ("transfers", "entries"):
        assert await granted(admin, APP, table) == {"SELECT", "INSERT"}


async def test_an_account_without_a_limit_may_have_a_negative_balance(rows: DriverConnection) -> None:
    await rows.execute(f"SET LOCAL ROLE {SYSTEM}")
    assert await rows.execute("UPDATE accounts SET minimum_balance = NULL, balance = -1000000") == "UPDATE 4"


@pytest.mark.parametrize(
    ("deleted", "follows"),
    [("posts", {"comments"}), ("tasks", {"comments", "task_labels", "tasks"}), ("labels", {"task_labels"})],
)
async def test_dependent_rows_are_deleted_with_their_row(
    rows: DriverConnection, two: Two, deleted: str, follows: set[str]
) -> None:
    await rows.execute(f"SET LOCAL ROLE {APP}; SET LOCAL app.org = '{two[0]}'")
    before = await counts(rows, two[0])
    first = "parent_id IS NULL" if deleted == "tasks" else "true"
    await rows.execute(f"DELETE FROM {deleted} WHERE organization_id = $1 AND {first}", two[0])
    after = await counts(rows, two[0])
    assert {table for table in TENANT_TABLES if after[table] < before[table]} == {deleted, *follows}


async def test_all_rows_of_an_organization_are_deleted_with_it(rows: DriverConnection, two: Two) -> None:
    await rows.execute(f"SET LOCAL ROLE {SYSTEM}")
    others = await counts(rows, two[1])
    assert await rows.execute("DELETE FROM organizations WHERE id = $1", two[0]) == "DELETE 1"
    assert set((await counts(rows, two[0])).values()) == {0}
    assert await counts(rows, two[1]) == others
    assert 0 not in others.values()


async def counts(rows: DriverConnection, organization: UUID) -> dict[str, int]:
    """Return the number of rows of the organization in each table."""
    question = "SELECT count(*) FROM {} WHERE organization_id = $1"
    return {table: await rows.fetchval(question.format(table), organization) for table in TENANT_TABLES}
