"""Checks of settings that are harmless in development and risky in production."""

import os
from collections.abc import Iterator

from graphql_app.doctor.findings import Finding, ok, several, warning
from graphql_app.doctor.subjects import Configuration, ConfigurationCheck
from graphql_app.postgres.addresses import Address, parse_address
from graphql_app.settings import Settings, variable_of
from graphql_app.settings.secrets import weakness_of_address

HERE = {"localhost", "127.0.0.1", "::1"}
ADDRESSES = ("database_url", "database_owner_url", "database_direct_url")
SHOWN = {
    "debug": "every statement is written to the log, with its values",
    "introspection": "anybody may read the whole schema",
    "playground": "anybody may load the playground",
}


def environment(configuration: Configuration) -> list[Finding]:
    """Check that WORKLINE_ENV fits the installation, and that production exposes nothing unnecessary."""
    chosen = configuration.settings
    if chosen.env == "production":
        return list(exposures(chosen)) or [ok("production, and nothing is shown that need not be.")]
    if is_remote(chosen.database_url):
        said = f"WORKLINE_ENV is {chosen.env}, and the database is on another machine."
        return [warning(said, "Set WORKLINE_ENV=production where others depend on it.")]
    return [ok(f"{chosen.env}: the schema and the playground are open.")]


def exposures(chosen: Settings) -> Iterator[Finding]:
    """Yield warnings about settings that expose too much in production."""
    for name, consequence in SHOWN.items():
        if getattr(chosen, name):
            yield warning(f"{variable_of(name)} is on: {consequence}.", f"Set {variable_of(name)}=false.")
    if "*" in chosen.cors_origins:
        said = "Every web site may call the API from its visitors' browsers."
        yield warning(said, f"Name the origins of your own pages in {variable_of('cors_origins')}.")
    if chosen.log_level == "debug":
        yield warning("The log is at its most talkative, and holds what is asked.", "Set WORKLINE_LOG_LEVEL=info.")


def transport(configuration: Configuration) -> list[Finding]:
    """Check that connections to other machines are encrypted and verify the server."""
    found = [finding for name in ADDRESSES for finding in on_the_way(configuration.settings, name)]
    return found or [ok("Nothing goes to another machine unless it is encrypted, or said to need no encryption.")]


def on_the_way(chosen: Settings, name: str) -> Iterator[Finding]:
    """Yield warnings about the TLS mode of the address in the setting ``name``."""
    address = remote(getattr(chosen, name))
    if address is None:
        return
    tls = address.options.tls
    if tls is None or tls.mode in {"allow", "prefer"}:
        said = f"{variable_of(name)} lets the connection to another machine go without encryption."
        remedy = f"Add sslmode=verify-full to {variable_of(name)}, or sslmode=disable where the network is your own."
        yield warning(said, remedy)
    elif tls.mode != "disable" and not tls.verifies:  # sslmode=disable is an explicit choice
        said = f"{variable_of(name)} encrypts, but does not ask the database who it is."
        yield warning(said, f"Use sslmode=verify-full&sslrootcert=... in {variable_of(name)}.")


def passwords(configuration: Configuration) -> list[Finding]:
    """Check for well-known passwords. Production refuses to start with one."""
    chosen = configuration.settings
    found = [
        warning(f"{variable_of(name)} {why}.", f"Change it: ALTER ROLE {parse_address(url).user} PASSWORD '...'")
        for name in ADDRESSES
        if (url := getattr(chosen, name)) and (why := weakness_of_address(url))
    ]
    return found or [ok("None that everybody tries first.")]


def processes(configuration: Configuration) -> list[Finding]:
    """Check that there are at most as many processes as cores.

    More would compete, each with its own pool and caches.
    """
    wanted, cores = configuration.settings.processes, os.cpu_count() or 1
    if wanted > cores:
        said = f"{wanted} processes share {several(cores, 'core')}."
        return [warning(said, f"Set WORKLINE_PROCESSES to at most {cores}.")]
    return [ok(f"{several(wanted, 'process', 'processes')}, {several(cores, 'core')}.")]


def is_remote(url: str | None) -> bool:
    """Return True if an address leads to another machine."""
    return remote(url) is not None


def remote(url: str | None) -> Address | None:
    """Return the address if it leads to another machine, else None."""
    address = parse_address(url) if url else None
    leads_away = address is not None and any(not host.startswith("/") and host not in HERE for host, _ in address.hosts)
    return address if leads_away else None


CHECKS: dict[str, ConfigurationCheck] = {
    "environment": environment,
    "encryption": transport,
    "passwords": passwords,
    "processes": processes,
}
