"""Loading of the settings, and the documentation of their environment variables."""

import os
import secrets
import tempfile
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails

from graphql_app.settings.errors import SettingsError
from graphql_app.settings.fields import Settings

PREFIX = "WORKLINE_"
CONSEQUENCE = "default_factory_not_called"
"""Type of pydantic's error for a default that depends on an invalid field. It is a consequence, and not reported."""


def variable_of(field: str) -> str:
    """Return the environment variable that sets ``field``."""
    alias = Settings.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else PREFIX + field.upper()


def variables() -> dict[str, str]:
    """Return every variable with its description."""
    return {variable_of(name): field.description or "" for name, field in Settings.model_fields.items()}


def secret_variables() -> set[str]:
    """Return the variables whose values are secret, and not part of the representation of the settings."""
    fields = Settings.model_fields.items()
    secret = [name for name, field in fields if not field.repr or SecretStr in _types(field.annotation)]
    return {variable_of(name) for name in secret}


def _types(annotation: object) -> tuple[object, ...]:
    """Return a type, and those of its items or alternatives."""
    return (annotation, *get_args(annotation))


def unknown_variables(environment: Iterable[str]) -> dict[str, str | None]:
    """Return unknown names in ``environment`` that look like settings, each with the closest setting or None."""
    known = variables()
    strangers = [name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in known]
    return {name: next(iter(get_close_matches(name.upper(), known, 1)), None) for name in strangers}


def documentation() -> str:
    """Return the text of ``.env.example``: every variable with its default and its description, commented out."""
    lines = [
        "# All settings with their defaults. Copy this file to .env and uncomment changes. Times are in seconds.",
        "",
    ]
    for name, field in Settings.model_fields.items():
        default = "" if field.is_required() or field.default_factory else shown(field.default)
        lines += [f"# {field.description}", f"# {variable_of(name)}={default}", ""]
    return "\n".join(lines)


def shown(default: object) -> str:
    """Return a default in the form of the environment. None, secrets and empty lists become an empty text."""
    if isinstance(default, list):
        return ",".join(map(str, default))
    return str(default) if isinstance(default, str | int | float) or hasattr(default, "parts") else ""


def load_settings(**overrides: object) -> Settings:
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
        raise SettingsError([f"WORKLINE_DATA_DIR is not writable: {error.strerror} ({error.filename})"]) from None
    return settings.model_copy(update={"secret_key": SecretStr(secret)})


def read_settings(**overrides: Any) -> Settings:  # Any: pydantic validates the values
    """Return the settings without creating anything. A missing secret key stays empty. Raises SettingsError."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError(
            [describe(problem) for problem in error.errors() if problem["type"] != CONSEQUENCE]
        ) from None


def describe(problem: ErrorDetails) -> str:
    """Return one line for one of pydantic's errors: the variable, then its problem."""
    text = problem["msg"].removeprefix("Value error, ")
    if not problem["loc"]:
        return str(text)
    field = str(problem["loc"][0])
    name = variable_of(field) if field in Settings.model_fields else field.upper()
    return f"{name} {text if problem['type'] == 'value_error' else f'is invalid: {text}'}"


def development_secret(data_dir: Path) -> str:
    """Return the secret stored in ``data_dir``, readable by its owner only. The first call creates it.

    Two processes that start at once get the same secret, from the process that links its file first.
    """
    kept = data_dir / "secret-key"
    if not kept.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f"{kept.name}.", dir=data_dir)
        mine = Path(name)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            kept.hardlink_to(mine)
        except FileExistsError:
            pass
        finally:
            mine.unlink()
    return kept.read_text().strip()
