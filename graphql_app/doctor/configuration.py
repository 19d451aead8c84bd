"""Checks of the settings: chosen values, misspelt variables, and contradictions."""

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from graphql_app.doctor.findings import Finding, ok, warning
from graphql_app.doctor.subjects import Configuration, ConfigurationCheck
from graphql_app.postgres.addresses import parse_address
from graphql_app.settings import Settings, unknown_variables, variable_of
from graphql_app.settings.secrets import weakness

LIMITS = (
    # each must end before the next, or its clearer error never occurs
    ("lock_timeout", "statement_timeout"),
    ("statement_timeout", "command_timeout"),
    ("statement_timeout", "transaction_timeout"),
    ("statement_timeout", "operation_timeout"),
    ("pool_timeout", "operation_timeout"),
)


def variables_in(environment: Iterable[str], file: Path = Path(".env")) -> set[str]:
    """Return the names of the variables in the environment and in a settings file."""
    written = file.read_text(errors="replace") if file.is_file() else ""
    return {*environment, *re.findall(r"^\s*(?:export\s+)?(\w+)\s*=", written, re.MULTILINE)}


def settings(configuration: Configuration) -> list[Finding]:
    """Report the settings that differ from their defaults."""
    chosen = configuration.settings
    differing = [f"{variable_of(name)}={shown(name, getattr(chosen, name))}" for name in differences(chosen)]
    return [ok(f"Valid. Chosen: {', '.join(differing)}." if differing else "Valid, and all as they are by default.")]


def differences(chosen: Settings) -> Iterator[str]:
    """Yield the fields that are set to another value than the default, except the secret key."""
    values = chosen.model_dump()
    for name, field in type(chosen).model_fields.items():
        given = name in chosen.model_fields_set and name != "secret_key"
        if given and values[name] != field.get_default(call_default_factory=True, validated_data=values):
            yield name


def shown(name: str, value: Any) -> str:
    """Return a value as text, without passwords."""
    if name.endswith("_url"):
        return parse_address(value).shown
    return ",".join(value) if isinstance(value, list) else str(value)


def spelling(configuration: Configuration) -> list[Finding]:
    """Check for variables that look like settings and are ignored."""
    found = [
        warning(f"{name} is not a setting, and ignored.", f"Set {meant} instead." if meant else f"Remove {name}.")
        for name, meant in unknown_variables(configuration.variables).items()
    ]
    return found or [ok("No variable looks like a setting and is none.")]


def secret_key(configuration: Configuration) -> list[Finding]:
    """Check that the key that signs tokens is hard to guess, and that other accounts cannot read its file.

    Production refuses to start with a weak key.
    """
    chosen, kept = configuration.settings, configuration.settings.data_dir / "secret-key"
    name = variable_of("secret_key")
    made = kept.read_text().strip() if os.access(kept, os.R_OK) else ""
    secret = chosen.secret_key.get_secret_value() or made
    if not secret:
        return [ok("Not set: the first start makes one, for development.")]
    if why := weakness(secret):
        return [warning(f"{name} {why}.", f"Set {name} to the output of: openssl rand -base64 48")]
    if secret != made:
        return [ok("Set, and hard to guess.")]
    if stat.S_IMODE(kept.stat().st_mode) & 0o077:
        return [warning(f"Other accounts may read {kept}.", f"Run: chmod 600 {kept}")]
    return [ok(f"Made for development, kept in {kept}.")]


def times(configuration: Configuration) -> list[Finding]:
    """Check for time limits that never take effect because another one ends first."""
    values: Mapping[str, float] = configuration.settings.model_dump()
    found = [
        warning(
            f"{variable_of(inner)} ({values[inner]:g} s) never comes to pass before {variable_of(outer)} "
            f"({values[outer]:g} s), so clients get the less clear error.",
            f"Set {variable_of(inner)} to less than {values[outer]:g}.",
        )
        for inner, outer in LIMITS
        if values[inner] >= values[outer]
    ]
    return found or [ok("Each ends before the one around it.")]


CHECKS: dict[str, ConfigurationCheck] = {
    "settings": settings,
    "spelling": spelling,
    "secret key": secret_key,
    "time limits": times,
}
