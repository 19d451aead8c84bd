"""Embedded PostgreSQL server for development, tests and small installations."""

from graphql_app.postgres.embedded.server import EmbeddedPostgres
from graphql_app.postgres.embedded.watch import Watch

__all__ = ["EmbeddedPostgres", "Watch"]
