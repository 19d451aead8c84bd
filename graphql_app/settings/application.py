"""Configuration of the application: its domain package and its migrations, from its ``pyproject.toml``.

    [tool.workline]
    schema = "clinic"
    migrations = "migrations"

Paths are relative to the file. The variables WORKLINE_SCHEMA and WORKLINE_MIGRATIONS take precedence over the file.
There is no default: an installed package called ``schema`` would otherwise be served by accident.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from graphql_app.settings.errors import SettingsError

SCHEMA, MIGRATIONS = "schema", "migrations"
KEYS = (SCHEMA, MIGRATIONS)
"""Keys of the table ``[tool.workline]``. Both are required."""
VARIABLES = "WORKLINE_SCHEMA and WORKLINE_MIGRATIONS"
MISSING = (
    "No application is configured. Name its domain package and its migrations in pyproject.toml, in this directory or "
    f'above: [tool.workline] schema = "...", migrations = "...". Or set {VARIABLES}'
)


class ApplicationSettings(BaseSettings):
    """Settings that identify the application."""

    model_config = SettingsConfigDict(
        env_prefix="WORKLINE_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
        populate_by_name=True,
    )

    application_schema: str | None = Field(
        None,
        validation_alias="WORKLINE_SCHEMA",
        description="Domain package of the application. Default: `schema` in [tool.workline] of its pyproject.toml.",
    )
    application_migrations: Path | None = Field(
        None,
        validation_alias="WORKLINE_MIGRATIONS",
        description="Directory of the application's migrations. Default: `migrations` in [tool.workline].",
    )


@dataclass(frozen=True, slots=True)
class ApplicationConfig:
    """Names of an application's parts, and their origin. ``root`` is searched first for the package."""

    package: str
    migrations: Path
    root: Path
    origin: str


def find_application(settings: ApplicationSettings | None = None, directory: Path | None = None) -> ApplicationConfig:
    """Return the application of ``settings``, or of the nearest ``pyproject.toml`` with ``[tool.workline]``.

    Without ``settings``, the environment and ``.env`` apply. The search begins in ``directory``, by default the working
    directory. Raises SettingsError.
    """
    settings = settings or ApplicationSettings()
    here = directory or Path.cwd()
    package, migrations = settings.application_schema, settings.application_migrations
    if package and migrations:
        return _existing(ApplicationConfig(package, here / migrations, here, VARIABLES))
    if package or migrations:
        raise SettingsError([f"{VARIABLES} must be set together"])
    for place in (here, *here.parents):
        table = _table(place / "pyproject.toml")
        if table is not None:
            return _existing(_configured(place, table))
    raise SettingsError([MISSING])


def _table(file: Path) -> Mapping[str, object] | None:
    """Return the table ``[tool.workline]`` of a file, or None if the file or the table does not exist."""
    try:
        tool = tomllib.loads(file.read_text()).get("tool", {})
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise SettingsError([f"{file} cannot be read: {error}"]) from None
    table = tool.get("workline")
    return table if isinstance(table, Mapping) else None


def _configured(place: Path, table: Mapping[str, object]) -> ApplicationConfig:
    file = place / "pyproject.toml"
    problems = [f"{key} is not a key of [tool.workline] in {file}{_meant(key)}" for key in table if key not in KEYS]
    problems += [
        f'[tool.workline] in {file} must contain {key} = "..."'
        for key in KEYS
        if not (isinstance(table.get(key), str) and table[key])
    ]
    if problems:
        raise SettingsError(problems)
    return ApplicationConfig(str(table[SCHEMA]), place / str(table[MIGRATIONS]), place, f"{file}")


def _meant(key: str) -> str:
    closest = get_close_matches(key, KEYS, 1)
    return f"; did you mean {closest[0]}?" if closest else ""


def _existing(config: ApplicationConfig) -> ApplicationConfig:
    """Return the configuration. Raises SettingsError if there is no directory of migrations."""
    if not config.migrations.is_dir():
        raise SettingsError(
            [f"There is no directory {config.migrations} for the application's migrations, named by {config.origin}"]
        )
    return config
