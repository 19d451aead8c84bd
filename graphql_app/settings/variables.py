"""Environment variables of the settings: names, documentation, and misspelt ones."""

from collections.abc import Iterable
from difflib import get_close_matches

from graphql_app.settings.fields import Settings

PREFIX = "WORKLINE_"


def variable_of(field: str) -> str:
    """Return the environment variable that sets ``field``."""
    alias = Settings.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else PREFIX + field.upper()


def variables() -> dict[str, str]:
    """Return every variable with its description."""
    return {variable_of(name): field.description or "" for name, field in Settings.model_fields.items()}


def unknown_variables(environment: Iterable[str]) -> dict[str, str | None]:
    """Return names in ``environment`` that look like settings and are not, each with the closest setting or None."""
    known = variables()
    strangers = [name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in known]
    return {name: next(iter(get_close_matches(name.upper(), known, 1)), None) for name in strangers}


def documentation() -> str:
    """Return the text of ``.env.example``: every variable with its default and its description, commented out."""
    lines = ["# Every setting with its default. Copy this file to .env and uncomment what you change.", ""]
    for name, field in Settings.model_fields.items():
        default = "" if field.is_required() or field.default_factory else shown(field.default)
        lines += [f"# {field.description}", f"# {variable_of(name)}={default}", ""]
    return "\n".join(lines)


def shown(default: object) -> str:
    """Return a default in the form of the environment. None, secrets and empty lists become an empty text."""
    return str(default) if isinstance(default, str | int | float) or hasattr(default, "parts") else ""
