"""Settings, read once from the environment and an optional ``.env``, validated, and passed as a value."""

from graphql_app.settings.fields import Settings
from graphql_app.settings.loading import (
    SettingsError,
    documentation,
    load_settings,
    read_settings,
    unknown_variables,
    variable_of,
)

__all__ = [
    "Settings",
    "SettingsError",
    "documentation",
    "load_settings",
    "read_settings",
    "unknown_variables",
    "variable_of",
]
