"""Embedded PostgreSQL server for development, tests and small installations."""

from graphql_app.postgres.embedded.server import CrashMonitor, EmbeddedPostgres

__all__ = ["CrashMonitor", "EmbeddedPostgres"]
