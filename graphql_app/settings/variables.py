"""Settings as environment variables: their names, their documentation, and misspelt ones."""

from collections.abc import Iterable
from difflib import get_close_matches

from graphql_app.settings.fields import Settings

PREFIX = "WORKLINE_"


def variable_of(field: str) -> str:
    """The environment variable that sets ``field``."""
    alias = Settings.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else PREFIX + field.upper()


def variables() -> dict[str, str]:
    """Every variable, and what it is for."""
    return {variable_of(name): field.description or "" for name, field in Settings.model_fields.items()}


def unknown_variables(environment: Iterable[str]) -> dict[str, str | None]:
    """Names in ``environment`` that look like settings and are none, each with the one that may have been meant."""
    known = variables()
    strangers = [name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in known]
    return {name: next(iter(get_close_matches(name.upper(), known, 1)), None) for name in strangers}


def documentation() -> str:
    """The text of ``.env.example``: every variable with its default and its meaning, commented out."""
    lines = ["# Every setting with its default. Copy this file to .env and uncomment what you change.", ""]
    for name, field in Settings.model_fields.items():
        default = "" if field.is_required() or field.default_factory else shown(field.default)
        lines += [f"# {field.description}", f"# {variable_of(name)}={default}", ""]
    return "\n".join(lines)


def shown(default: object) -> str:
    """A default as it would be written into the environment; nothing for none, for a secret and for an empty list."""
    return str(default) if isinstance(default, str | int | float) or hasattr(default, "parts") else ""
