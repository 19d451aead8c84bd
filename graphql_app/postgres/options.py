"""Parameters in the query string of a database address."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql_app.postgres.errors import AddressError
from graphql_app.postgres.tls import Tls, read_tls

IGNORED = {
    # asyncpg has no channel binding; TLS with sslmode=verify-full gives the same protection
    "channel_binding",
    # decided by the driver or by the system
    "client_encoding", "gssencmode", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
    "sslcompression", "sslsni", "tcp_user_timeout",
    # for the pools of other tools: the pool of this server is sized by WORKLINE_POOL_*
    "connection_limit", "pool_timeout", "schema",
}  # fmt: skip
SERVER_SETTINGS = {"application_name", "fallback_application_name", "options", "search_path"}
SESSIONS = {"any", "primary", "standby", "read-write", "read-only", "prefer-standby"}


@dataclass(frozen=True, slots=True)
class Options:
    """Connection options of an address.

    ``server_settings`` are sent to the server at the start, ``driver`` to asyncpg. ``pooled`` means that connections
    lead through a pooler in transaction mode, where a statement prepared earlier may be on another server session.
    """

    tls: Tls | None = None
    server_settings: dict[str, str] = field(default_factory=dict)
    driver: dict[str, Any] = field(default_factory=dict)
    pooled: bool = False

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments for ``asyncpg.connect``."""
        arguments = dict(self.driver)
        if self.tls is not None:
            arguments["ssl"] = self.tls.argument()
        if self.server_settings:
            arguments["server_settings"] = dict(self.server_settings)
        if self.pooled:
            arguments["statement_cache_size"] = 0
        return arguments


def read_options(given: dict[str, str]) -> Options:
    """Parse all parameters. Raises AddressError for an unknown one, which may be a misspelt ``sslmode``."""
    rest = dict(given)
    tls = read_tls(rest)
    pooled = yes(rest.pop("pgbouncer", "false"), "pgbouncer")
    told = {name: rest.pop(name) for name in SERVER_SETTINGS & rest.keys()}
    if "fallback_application_name" in told:
        told.setdefault("application_name", told.pop("fallback_application_name"))
    driver = {renamed: read(rest.pop(name), name) for name, (renamed, read) in DRIVER.items() if name in rest}
    pooled = pooled or driver.get("statement_cache_size") == 0
    unknown = sorted(rest.keys() - IGNORED)
    if unknown:
        raise AddressError(f"The database's address has parameters that are not known: {', '.join(unknown)}.")
    return Options(tls, told, driver, pooled)


def yes(value: str, name: str) -> bool:
    """Parse a boolean. Raises AddressError for other values."""
    answers = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    if value.lower() not in answers:
        raise AddressError(f"{name} in the database's address is true or false, not {value!r}.")
    return answers[value.lower()]


def whole(value: str, name: str) -> int:
    """Parse a non-negative integer. Raises AddressError for other values."""
    if not value.isascii() or not value.isdigit():
        raise AddressError(f"{name} in the database's address is a whole number, not {value!r}.")
    return int(value)


def patience(value: str, name: str) -> float:
    """Parse a number of seconds. libpq's 0 means without limit, and becomes an hour here."""
    return float(whole(value, name) or 3600)


def session(value: str, name: str) -> str:
    """Parse the kind of server to select among several hosts. Raises AddressError for other values."""
    if value not in SESSIONS:
        raise AddressError(f"{name} in the database's address is one of {', '.join(sorted(SESSIONS))}, not {value!r}.")
    return value


DRIVER: dict[str, tuple[str, Callable[[str, str], Any]]] = {
    "connect_timeout": ("timeout", patience),
    "command_timeout": ("command_timeout", patience),
    "passfile": ("passfile", lambda value, _: value),
    "statement_cache_size": ("statement_cache_size", whole),
    "target_session_attrs": ("target_session_attrs", session),
}
