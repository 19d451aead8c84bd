"""Preparation of the embedded database: migrations and demo data."""

from graphql_app.cli.migrate import migrate_up, owner_of
from graphql_app.cli.output import say
from graphql_app.cli.seeding import fill, is_empty
from graphql_app.postgres.databases import DatabaseUrls


def prepare_database(database: DatabaseUrls) -> None:
    """Migrate the database, and add the demo organizations if it has none. Existing data stays unchanged."""
    migrate_up(database)
    if is_empty(owner_of(database)):
        from schema.seed import Sizes

        say("Making the demo organizations.")
        fill(owner_of(database), Sizes())
