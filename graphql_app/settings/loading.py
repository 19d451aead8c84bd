"""Loading of the settings, with the generated secret of development and readable errors."""

from typing import Any

from pydantic import SecretStr, ValidationError

from graphql_app.settings.fields import Settings
from graphql_app.settings.secrets import development_secret
from graphql_app.settings.variables import variable_of

CONSEQUENCE = "default_factory_not_called"
"""Type of pydantic's error for a default that depends on an invalid field. It is a consequence, and not reported."""


class SettingsError(Exception):
    """Invalid configuration. ``problems`` contains each variable and its problem, and no values."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("The configuration cannot be used:\n" + "\n".join(f"  {problem}" for problem in problems))
        self.problems = problems


def load_settings(**overrides: Any) -> Settings:
    """Return the settings of this process.

    ``overrides`` (fields by name) take precedence over the environment and ``.env``.

    The environment takes precedence over ``.env``. Outside production, a missing secret key is read from the data
    directory, or created there. Raises SettingsError.
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
    """Return the settings without creating anything. A missing secret key stays empty. Raises SettingsError."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError(
            [describe(problem) for problem in error.errors() if problem["type"] != CONSEQUENCE]
        ) from None


def describe(problem: Any) -> str:
    """Return one line for one of pydantic's errors: the variable, then its problem."""
    text = problem["msg"].removeprefix("Value error, ")
    if not problem["loc"]:
        return str(text)
    field = str(problem["loc"][0])
    name = variable_of(field) if field in Settings.model_fields else field.upper()
    return f"{name} {text if problem['type'] == 'value_error' else f'is not accepted: {text}'}"
