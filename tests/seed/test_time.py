"""Times in generated data. Each test checks every table, and reports those with violations."""

from collections.abc import Iterable

from graphql_app.postgres.admin_connections import DriverConnection
from schema.seed.random_source import NOW
from tests.support.application import load_models

TABLES = load_models().tables
LATER = {("tasks", "completed_by_id"), ("payments", "transfer_id")}
"""References that may change later, so that their target may be younger than the row."""


def tables_with(*columns: str) -> list[str]:
    """Return the tables with these columns."""
    return [name for name, table in TABLES.items() if all(column in table.columns for column in columns)]


def references() -> set[tuple[str, str, str]]:
    """Yield every column that refers to a row of the same organization: its table, its name, and the target table."""
    return {
        (table.name, key.column_keys[1], key.referred_table.name)
        for table in TABLES.values()
        for key in table.foreign_key_constraints
        if len(key.column_keys) > 1 and "created_at" in table.columns
    }


async def breaking(rows: DriverConnection, table: str, condition: str) -> list[str]:
    """Return the name of the table if rows meet the condition, which none may."""
    number = await rows.fetchval(f"SELECT count(*) FROM {table} WHERE {condition}")
    return [f"{table}: {number} with {condition}"] if number else []


async def all_breaking(rows: DriverConnection, conditions: Iterable[tuple[str, str]]) -> list[str]:
    """Return the same for several conditions."""
    return [found for table, condition in conditions for found in await breaking(rows, table, condition)]


async def test_nothing_happened_after_the_generated_present(rows: DriverConnection) -> None:
    moments = [(name, column.name) for name, table in TABLES.items() for column in table.columns]
    happened = [(table, column) for table, column in moments if column.endswith("_at") and column != "due_at"]
    assert len(happened) > 40
    assert await all_breaking(rows, [(table, f"{column} > '{NOW}'") for table, column in happened]) == []


async def test_no_row_is_older_than_the_rows_to_which_it_refers(rows: DriverConnection) -> None:
    checked = [(table, column, parent) for table, column, parent in references() if (table, column) not in LATER]
    assert len(checked) > 20
    conditions = [
        (f"{table} AS c JOIN {parent} AS p ON p.id = c.{column}", "c.created_at < p.created_at")
        for table, column, parent in checked
    ]
    assert await all_breaking(rows, conditions) == []


async def test_ids_are_in_the_order_of_creation(rows: DriverConnection) -> None:
    for table in tables_with("id"):
        found = [row["created_at"] for row in await rows.fetch(f"SELECT created_at FROM {table} ORDER BY id")]
        assert found == sorted(found), table


async def test_changes_follow_creation_and_are_counted(rows: DriverConnection) -> None:
    conditions = [(table, "updated_at < created_at") for table in tables_with("updated_at")]
    conditions += [(table, "version > 1 AND updated_at = created_at") for table in tables_with("version", "updated_at")]
    assert await all_breaking(rows, conditions) == []


async def test_daytime_events_are_in_working_hours(rows: DriverConnection) -> None:
    night = "extract(hour FROM {} AT TIME ZONE 'UTC') NOT BETWEEN 7 AND 22"
    moments = [("tasks", "created_at"), ("orders", "placed_at"), ("posts", "published_at"), ("tasks", "completed_at")]
    assert await all_breaking(rows, [(table, night.format(column)) for table, column in moments]) == []
