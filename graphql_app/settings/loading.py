"""Reads the settings, fills in what development makes by itself, and says in words what is wrong."""

from typing import Any

from pydantic import SecretStr, ValidationError

from graphql_app.settings.fields import Settings
from graphql_app.settings.secrets import development_secret
from graphql_app.settings.variables import variable_of

CONSEQUENCE = "default_factory_not_called"
"""A default that depends on another field was not computed because that one is wrong: not a problem of its own."""


class SettingsError(Exception):
    """The configuration cannot be used. ``problems`` names every variable and what is wrong with it, and no value."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("The configuration cannot be used:\n" + "\n".join(f"  {problem}" for problem in problems))
        self.problems = problems


def load_settings(**overrides: Any) -> Settings:
    """The settings of this process; ``overrides`` (fields by name) win over the environment, which wins over ``.env``.

    Raises SettingsError. Outside production a missing secret key is read from the data directory, or made there.
    """
    settings = read_settings(**overrides)
    if settings.secret_key.get_secret_value():
        return settings
    try:
        secret = development_secret(settings.data_dir)
    except OSError as error:
        raise SettingsError([f"WORKLINE_DATA_DIR cannot be written: {error.strerror} ({error.filename})"]) from None
    return settings.model_copy(update={"secret_key": SecretStr(secret)})


def read_settings(**overrides: Any) -> Settings:
    """The same without making anything: a missing secret key stays empty."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError(
            [describe(problem) for problem in error.errors() if problem["type"] != CONSEQUENCE]
        ) from None


def describe(problem: Any) -> str:
    """One line for one of pydantic's errors: the variable, then what is wrong with it."""
    text = problem["msg"].removeprefix("Value error, ")
    if not problem["loc"]:
        return str(text)
    field = str(problem["loc"][0])
    name = variable_of(field) if field in Settings.model_fields else field.upper()
    return f"{name} {text if problem['type'] == 'value_error' else f'is not accepted: {text}'}"
