"""Insertion of the organizations into a database before it is served, without row-level security."""

from graphql_app.postgres.admin_connections import connect
from tests.database.catalog import OUTSIDE_TENANCY
from tests.support.application import load_models
from tests.support.databases import TestDatabase
from tests.support.organizations.distinct_values import OrganizationValues
from tests.support.organizations.values import rows_of

OF_NO_ORGANIZATION = OUTSIDE_TENANCY.keys() - {"identities"}
"""Tables without rows of an organization."""


async def fill(database: TestDatabase, *flavours: OrganizationValues) -> None:
    """Insert all rows of these organizations as the administrator, and close the connection."""
    connection = await connect(database.admin)
    try:
        for flavour in flavours:
            for table in load_models().sorted_tables:
                if table.name in OF_NO_ORGANIZATION:
                    continue
                rows = list(rows_of(table, flavour))
                records = [list(row.values()) for row in rows]
                await connection.copy_records_to_table(table.name, records=records, columns=list(rows[0]))
    finally:
        await connection.close()
