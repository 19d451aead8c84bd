"""Checks of rules for all rows of the database, run only if every row is visible."""

from typing import Any

import pytest

from graphql_app.doctor.examination import Report, examine_rows
from graphql_app.doctor.findings import Severity
from graphql_app.doctor.rows import as_system, proof
from graphql_app.postgres.roles import SYSTEM
from tests.support.application import APPLICATION
from tests.support.databases import TestDatabase, connected

HIDING = {
    "without a policy": ("DROP POLICY system ON entries", "where false"),
    "with a policy that hides": ("ALTER POLICY system ON entries USING (amount > 0)", "where (amount > "),
    "with a policy that restricts": (
        f"CREATE POLICY less ON entries AS RESTRICTIVE TO {SYSTEM} USING (false)",
        "where false",
    ),
    "without the right to read": (f"REVOKE SELECT ON entries FROM {SYSTEM}", "may not read entries"),
}
UNLINK = "UPDATE users SET identity_id = NULL WHERE id = (SELECT id FROM users WHERE deactivated_at IS NULL LIMIT 1)"
ENTRY = "(SELECT id FROM entries ORDER BY id LIMIT 1)"
BROKEN = {
    "a changed entry": (f"UPDATE entries SET amount = amount + 1 WHERE id = {ENTRY}", "ledger sums"),
    "a missing entry": (f"DELETE FROM entries WHERE id = {ENTRY}", "transfers"),
    "an entry on another account": (
        "UPDATE entries SET account_id = accounts.id FROM accounts WHERE accounts.organization_id = "
        "entries.organization_id AND accounts.id NOT IN (SELECT account_id FROM entries AS own WHERE own.transfer_id = "
        f"entries.transfer_id) AND entries.id = {ENTRY}",
        "transfers",
    ),
    "a third entry": (
        "INSERT INTO entries (organization_id, id, transfer_id, account_id, amount) SELECT organization_id, "
        "gen_random_uuid(), transfer_id, (SELECT id FROM accounts WHERE accounts.organization_id = "
        "entries.organization_id AND accounts.id NOT IN (SELECT account_id FROM entries AS own WHERE own.transfer_id = "
        f"entries.transfer_id) LIMIT 1), 1 FROM entries WHERE id = {ENTRY}",
        "transfers",
    ),
    "a changed balance": (
        "UPDATE accounts SET balance = balance + 0.01 WHERE id = (SELECT id FROM accounts LIMIT 1)",
        "balances",
    ),
    "an account with a balance and no entries": (
        "INSERT INTO accounts (organization_id, id, kind, name, currency, balance) "
        "SELECT id, gen_random_uuid(), 'OWN', 'Till', 'EUR', 5 FROM organizations LIMIT 1",
        "balances",
    ),
    "a changed total": (
        "UPDATE orders SET total = total + 1 WHERE id = (SELECT id FROM orders LIMIT 1)",
        "order totals",
    ),
    "an order without its lines": (
        "DELETE FROM order_lines WHERE order_id = (SELECT order_id FROM order_lines WHERE amount > 0 LIMIT 1)",
        "order totals",
    ),
    "a payment of another amount": (
        "UPDATE payments SET amount = amount + 1 WHERE id = (SELECT id FROM payments WHERE status = 'SETTLED' LIMIT 1)",
        "payments",
    ),
    "a refund without a reversal": (
        "UPDATE payments SET status = 'REFUNDED' WHERE id = (SELECT id FROM payments WHERE status = 'SETTLED' LIMIT 1)",
        "refunds",
    ),
    "a paid order without its payment": (
        "DELETE FROM payments WHERE id = (SELECT id FROM payments WHERE status = 'SETTLED' LIMIT 1)",
        "paid orders",
    ),
}


async def examined(database: TestDatabase) -> Report:
    """Return the findings about its rows."""
    report = Report()
    async with connected(database.owner) as owner:
        await examine_rows(report, owner, APPLICATION.row_checks())
    return report


async def damage(database: TestDatabase, statement: str) -> None:
    """Change rows without constraints: as an administrator, with foreign keys disabled."""
    async with connected(database.admin) as admin:
        await admin.execute(f"SET session_replication_role = replica; {statement}")


def levels(report: Report) -> dict[str, Severity]:
    """Return the level of each check."""
    return {result.name: result.level for result in report.results}


async def test_rows_written_by_rules_are_fine(seeded: TestDatabase) -> None:
    report = await examined(seeded)
    assert set(levels(report).values()) == {Severity.OK}
    assert len(report.results) == 2 + len(APPLICATION.row_checks())


@pytest.mark.parametrize(("statement", "check"), BROKEN.values(), ids=BROKEN)
async def test_a_violated_rule_is_a_problem_that_names_the_row(
    seeded: TestDatabase, statement: str, check: str
) -> None:
    await damage(seeded, statement)
    report = await examined(seeded)
    assert levels(report)[check] is Severity.PROBLEM
    (finding,) = next(result.findings for result in report.results if result.name == check)
    assert finding.message.startswith("1 ")
    assert "organization 0" in finding.message
    assert finding.remedy


async def test_a_violation_by_many_rows_names_only_a_few(seeded: TestDatabase) -> None:
    await damage(seeded, "UPDATE orders SET total = total + 1")
    report = await examined(seeded)
    (finding,) = next(result.findings for result in report.results if result.name == "order totals")
    assert finding.message.count("organization 0") == 3
    assert finding.message.endswith("; ....")


async def test_a_dangling_reference_is_a_problem_in_every_table(seeded: TestDatabase) -> None:
    await damage(
        seeded, "DELETE FROM workers WHERE id = (SELECT assignee_id FROM tasks WHERE assignee_id IS NOT NULL LIMIT 1)"
    )
    report = await examined(seeded)
    (finding,) = next(result.findings for result in report.results if result.name == "references")
    assert finding.level is Severity.PROBLEM
    assert "rows of tasks refer to missing rows of workers" in finding.message


async def test_a_user_without_a_login_is_a_note(seeded: TestDatabase) -> None:
    await damage(seeded, UNLINK)
    report = await examined(seeded)
    assert set(levels(report).values()) == {Severity.OK}
    (finding,) = next(result.findings for result in report.results if result.name == "users")
    assert finding.message.startswith("1 active users have no login address")


@pytest.mark.parametrize(("statement", "complaint"), HIDING.values(), ids=HIDING)
async def test_rows_are_not_checked_unless_all_are_visible(
    seeded: TestDatabase, statement: str, complaint: str
) -> None:
    """The sum of no rows is zero: the ledger would seem to balance."""
    await damage(seeded, f"{statement}; UPDATE entries SET amount = amount + 1")
    report = await examined(seeded)
    assert levels(report) == {"sight": Severity.PROBLEM}
    assert complaint in report.results[0].findings[0].message


async def test_visibility_is_proved_for_every_table(seeded: TestDatabase) -> None:
    async with connected(seeded.owner) as owner, as_system(owner) as system:
        (finding,) = await proof(system)
        total = sum([await system.fetchval(f"SELECT count(*) FROM {table}") for table in await tables(system)])
    assert finding.message == f"{SYSTEM} reads {len(await tables_of(seeded))} tables without a condition: {total} rows."


async def tables(connection: Any) -> list[str]:
    """Return every table of the domain."""
    rows = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
        "AND NOT relispartition"
    )
    return [row[0] for row in rows if row[0] != "alembic_version"]


async def tables_of(database: TestDatabase) -> list[str]:
    """Return the tables of a database."""
    async with connected(database.owner) as owner:
        return await tables(owner)


async def test_visibility_to_the_owner_proves_nothing(seeded: TestDatabase) -> None:
    """Row-level security applies to the owner as well: it sees no row."""
    async with connected(seeded.owner) as owner:
        assert {finding.level for finding in await proof(owner)} == {Severity.PROBLEM}


async def test_an_owner_that_cannot_assume_the_system_role_is_a_problem(seeded: TestDatabase) -> None:
    report = Report()
    async with connected(seeded.app) as app:
        await examine_rows(report, app, APPLICATION.row_checks())
    assert levels(report) == {"sight": Severity.PROBLEM}
    assert "permission denied" in report.results[0].findings[0].message


async def test_nothing_is_written(seeded: TestDatabase) -> None:
    async with connected(seeded.owner) as owner, as_system(owner) as system:
        assert await system.fetchval("SHOW transaction_read_only") == "on"
