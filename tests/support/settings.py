"""Settings of tests, independent of the environment and of ``.env``."""

from graphql_app.testing.client import SECRET, settings_for

__all__ = ["SECRET", "settings_for"]
