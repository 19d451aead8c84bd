"""Taking one of the two protections away, to see whether the other one holds by itself."""

from graphql_app.postgres.admin_connections import connect
from tests.support.application import load_models
from tests.support.databases import TestDatabase


async def forget_policies(database: TestDatabase) -> None:
    """Switch row-level security off: PostgreSQL gives the application every row that it asks for."""
    connection = await connect(database.admin)
    try:
        for table in load_models().sorted_tables:
            await connection.execute(f"ALTER TABLE {table.name} DISABLE ROW LEVEL SECURITY")
    finally:
        await connection.close()
