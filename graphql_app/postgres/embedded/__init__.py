"""Embedded PostgreSQL server for development, tests and small installations."""

from graphql_app.postgres.embedded.server import EmbeddedPostgres, Watch

__all__ = ["EmbeddedPostgres", "Watch"]
