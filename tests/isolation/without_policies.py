"""Removal of row-level security, to test the other protection alone."""

from graphql_app.postgres.admin_connections import connect
from tests.support.application import load_models
from tests.support.databases import TestDatabase


async def forget_policies(database: TestDatabase) -> None:
    """Disable row-level security: PostgreSQL returns every row that the application selects."""
    connection = await connect(database.admin)
    try:
        for table in load_models().sorted_tables:
            await connection.execute(f"ALTER TABLE {table.name} DISABLE ROW LEVEL SECURITY")
    finally:
        await connection.close()
