"""Databases of the demo application, copies of one that was migrated once."""

from graphql_app.postgres.roles import Server
from graphql_app.testing.databases import (
    TEMPLATE,
    UNSAFE_AND_FAST,
    TestDatabase,
    administration,
    connected,
    copy_of,
    empty_database,
)
from graphql_app.testing.databases import make_template as make_template_of
from tests.support.application import MIGRATIONS

__all__ = [
    "TEMPLATE",
    "UNSAFE_AND_FAST",
    "TestDatabase",
    "administration",
    "connected",
    "copy_of",
    "empty_database",
    "make_template",
]


async def make_template(server: Server) -> str:
    """Create the template of all databases: with roles, migrated to head, empty."""
    return await make_template_of(server, MIGRATIONS)
