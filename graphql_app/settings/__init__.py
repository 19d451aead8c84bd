"""Settings, read once from the environment and an optional ``.env``, validated, and passed as a value."""

from graphql_app.settings.application import ApplicationConfig, ApplicationSettings, find_application
from graphql_app.settings.errors import SettingsError
from graphql_app.settings.fields import Settings
from graphql_app.settings.loading import (
    documentation,
    load_settings,
    read_settings,
    unknown_variables,
    variable_of,
)

__all__ = [
    "ApplicationConfig",
    "ApplicationSettings",
    "Settings",
    "SettingsError",
    "documentation",
    "find_application",
    "load_settings",
    "read_settings",
    "unknown_variables",
    "variable_of",
]
