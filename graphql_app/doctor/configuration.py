"""Checks of the settings: misspelled variables, contradictions, and risks in production."""

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from graphql_app.doctor.findings import Configuration, ConfigurationCheck, Finding, ok, several, warning
from graphql_app.postgres.addresses import Address, parse_address
from graphql_app.settings import Settings, unknown_variables, variable_of
from graphql_app.settings.weak_secrets import weakness, weakness_of_address

LIMITS = (
    # each limit must be shorter than the next, or its clearer error never occurs
    ("lock_timeout", "statement_timeout"),
    ("statement_timeout", "command_timeout"),
    ("statement_timeout", "transaction_timeout"),
    ("statement_timeout", "operation_timeout"),
    ("pool_timeout", "operation_timeout"),
)
HERE = {"localhost", "127.0.0.1", "::1"}
ADDRESSES = ("database_url", "database_owner_url", "database_direct_url")
SHOWN = {
    "debug": "responses and the log contain statements",
    "introspection": "the whole schema is public",
    "playground": "the playground is public",
    "inspector": "responses contain statements on request",
}


def variables_in(environment: Iterable[str], file: Path = Path(".env")) -> set[str]:
    """Return the names of the variables in the environment and in a settings file."""
    written = file.read_text(errors="replace") if file.is_file() else ""
    return {*environment, *re.findall(r"^\s*(?:export\s+)?(\w+)\s*=", written, re.MULTILINE)}


def settings(configuration: Configuration) -> list[Finding]:
    """Report the settings that differ from their defaults."""
    chosen = configuration.settings
    differing = [f"{variable_of(name)}={shown(name, getattr(chosen, name))}" for name in differences(chosen)]
    return [ok(f"Valid. Changed: {', '.join(differing)}." if differing else "Valid, with default values only.")]


def differences(chosen: Settings) -> Iterator[str]:
    """Yield the fields whose value differs from the default, except the secret key."""
    values = chosen.model_dump()
    for name, field in type(chosen).model_fields.items():
        given = name in chosen.model_fields_set and name != "secret_key"
        if given and values[name] != field.get_default(call_default_factory=True, validated_data=values):
            yield name


def shown(name: str, value: object) -> str:
    """Return a value as text, without passwords."""
    if name in ADDRESSES and isinstance(value, str):
        return parse_address(value).shown
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def spelling(configuration: Configuration) -> list[Finding]:
    """Check for variables that look like settings but are ignored."""
    found = [
        warning(f"{name} is not a setting and is ignored.", f"Set {meant} instead." if meant else f"Remove {name}.")
        for name, meant in unknown_variables(configuration.variables).items()
    ]
    return found or [ok("No unknown variables.")]


def secret_key(configuration: Configuration) -> list[Finding]:
    """Check that the key that signs tokens is hard to guess, and that other accounts cannot read its file.

    Production refuses to start with a weak key.
    """
    chosen, kept = configuration.settings, configuration.settings.data_dir / "secret-key"
    name = variable_of("secret_key")
    made = kept.read_text().strip() if os.access(kept, os.R_OK) else ""
    secret = chosen.secret_key.get_secret_value() or made
    if not secret:
        return [ok("Not set. The first start generates one for development.")]
    if why := weakness(secret):
        return [warning(f"{name} {why}.", f"Set {name} to the output of: openssl rand -base64 48")]
    if secret != made:
        return [ok("Set, and strong.")]
    if stat.S_IMODE(kept.stat().st_mode) & 0o077:
        return [warning(f"Other accounts can read {kept}.", f"Run: chmod 600 {kept}")]
    return [ok(f"Generated for development, in {kept}.")]


def times(configuration: Configuration) -> list[Finding]:
    """Check for time limits that never take effect because another one ends first."""
    values: Mapping[str, float] = configuration.settings.model_dump()
    found = [
        warning(
            f"{variable_of(inner)} ({values[inner]:g} s) never takes effect before {variable_of(outer)} "
            f"({values[outer]:g} s), so clients receive a less specific error.",
            f"Set {variable_of(inner)} to less than {values[outer]:g}.",
        )
        for inner, outer in LIMITS
        if values[inner] >= values[outer]
    ]
    return found or [ok("Each limit ends before the enclosing one.")]


def environment(configuration: Configuration) -> list[Finding]:
    """Check that WORKLINE_ENV fits the installation, and that production exposes nothing unnecessary."""
    chosen = configuration.settings
    if chosen.env == "production":
        return list(exposures(chosen)) or [ok("production, without unnecessary exposure.")]
    if is_remote(chosen.database_url):
        said = f"WORKLINE_ENV is {chosen.env}, but the database is on another machine."
        return [warning(said, "Set WORKLINE_ENV=production on servers with users.")]
    return [ok(f"{chosen.env}: the schema and the playground are open.")]


def exposures(chosen: Settings) -> Iterator[Finding]:
    """Yield warnings about settings that expose too much in production."""
    for name, consequence in SHOWN.items():
        if getattr(chosen, name):
            yield warning(f"{variable_of(name)} is on: {consequence}.", f"Set {variable_of(name)}=false.")
    if "*" in chosen.cors_origins:
        said = "All web sites may call the API from the browsers of their visitors."
        yield warning(said, f"Name the origins of your own pages in {variable_of('cors_origins')}.")
    if chosen.log_level == "debug":
        yield warning("The log level is debug, and the log contains the requests.", "Set WORKLINE_LOG_LEVEL=info.")


def transport(configuration: Configuration) -> list[Finding]:
    """Check that connections to other machines are encrypted and verify the server."""
    found = [finding for name in ADDRESSES for finding in on_the_way(configuration.settings, name)]
    return found or [ok("Connections to other machines are encrypted, or explicitly not.")]


def on_the_way(chosen: Settings, name: str) -> Iterator[Finding]:
    """Yield warnings about the TLS mode of the address in the setting ``name``."""
    address = remote(getattr(chosen, name))
    if address is None:
        return
    tls = address.options.tls
    if tls is None or tls.mode in {"allow", "prefer"}:
        said = f"{variable_of(name)} allows an unencrypted connection to another machine."
        remedy = f"Add sslmode=verify-full to {variable_of(name)}, or sslmode=disable in a private network."
        yield warning(said, remedy)
    elif tls.mode != "disable" and not tls.verifies:  # sslmode=disable is an explicit choice
        said = f"{variable_of(name)} does not verify the identity of the database server."
        yield warning(said, f"Use sslmode=verify-full&sslrootcert=... in {variable_of(name)}.")


def passwords(configuration: Configuration) -> list[Finding]:
    """Check for well-known passwords. Production refuses to start with one."""
    chosen = configuration.settings
    found = [
        warning(f"{variable_of(name)} {why}.", f"Change it: ALTER ROLE {parse_address(url).user} PASSWORD '...'")
        for name in ADDRESSES
        if (url := getattr(chosen, name)) and (why := weakness_of_address(url))
    ]
    return found or [ok("No well-known passwords.")]


def processes(configuration: Configuration) -> list[Finding]:
    """Check that there are at most as many processes as cores.

    More would compete, each with its own pool and caches.
    """
    wanted, cores = configuration.settings.processes, os.cpu_count() or 1
    if wanted > cores:
        said = f"{wanted} processes share {several(cores, 'core')}."
        return [warning(said, f"Set WORKLINE_PROCESSES to at most {cores}.")]
    return [ok(f"{several(wanted, 'process', 'processes')}, {several(cores, 'core')}.")]


def mail(configuration: Configuration) -> list[Finding]:
    """Check that production sends mail, encrypted and with links."""
    chosen = configuration.settings
    if chosen.env != "production":
        return [ok("Sent by SMTP." if chosen.smtp_host else "Written to files: run workline mail list.")]
    if chosen.smtp_host is None:
        said = "No mail is sent: password resets, invitations and verifications do not arrive."
        return [warning(said, f"Set {variable_of('smtp_host')} and {variable_of('mail_from')}.")]
    return list(undelivered_mail(chosen)) or [ok("Sent by SMTP, encrypted.")]


def undelivered_mail(chosen: Settings) -> Iterator[Finding]:
    """Yield warnings about messages that do not arrive, or not safely."""
    if chosen.app_url is None:
        yield warning("Messages contain no links.", f"Set {variable_of('app_url')} to the address of your front end.")
    if chosen.mail_from.endswith(("@localhost", "@localhost>")):
        yield warning("Mail from localhost is rejected by most servers.", f"Set {variable_of('mail_from')}.")
    if chosen.smtp_tls == "off" and chosen.smtp_host not in HERE:
        yield warning("Mail with secrets is sent unencrypted.", f"Set {variable_of('smtp_tls')}=starttls or tls.")


def is_remote(url: str | None) -> bool:
    """Return True if an address leads to another machine."""
    return remote(url) is not None


def remote(url: str | None) -> Address | None:
    """Return the address if it leads to another machine, else None."""
    address = parse_address(url) if url else None
    leads_away = address is not None and any(not host.startswith("/") and host not in HERE for host, _ in address.hosts)
    return address if leads_away else None


CHECKS: dict[str, ConfigurationCheck] = {
    "settings": settings,
    "spelling": spelling,
    "secret key": secret_key,
    "time limits": times,
    "environment": environment,
    "encryption": transport,
    "passwords": passwords,
    "processes": processes,
    "mail": mail,
}
