"""Settings for tests: of nobody's environment and nobody's ``.env``."""

from graphql_app.testing.client import SECRET, settings_for

__all__ = ["SECRET", "settings_for"]
