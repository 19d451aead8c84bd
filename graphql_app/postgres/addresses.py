"""Database addresses as hosting providers write them, for SQLAlchemy and asyncpg.

``parse_address`` is a pure function of the text. It opens no connection and reads no environment variables. Addresses
have libpq's form and parameters, including ``sslmode``.
"""

import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote

from sqlalchemy import URL

from graphql_app.postgres.errors import AddressError

DriverArguments = dict[str, Any]
"""Keyword arguments of ``asyncpg.connect``, each of another type."""
MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
SWITCH = {"true": "require", "1": "require", "on": "require", "false": "disable", "0": "disable", "off": "disable"}
"""Modes for ``ssl=true`` and its variants, as some providers write them."""
IGNORED = {
    # asyncpg does not support channel binding; TLS with sslmode=verify-full gives the same protection
    "channel_binding",
    # decided by the driver or by the system
    "client_encoding", "gssencmode", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
    "sslcompression", "sslsni", "tcp_user_timeout",
    # for the pools of other tools: the pool of this server is sized by WORKLINE_POOL_*
    "connection_limit", "pool_timeout", "schema",
}  # fmt: skip
SERVER_SETTINGS = {"application_name", "fallback_application_name", "options", "search_path"}
SESSIONS = {"any", "primary", "standby", "read-write", "read-only", "prefer-standby"}
SCHEMES = {"postgres", "postgresql"}
DEFAULT_PORT = 5432
SHAPE = re.compile(
    r"""(?P<scheme>[a-z0-9]+)(\+\w+)?://
        ((?P<user>[^:/?\#]*)(:(?P<password>.*))?@)?   # the last @ ends it: passwords may hold one
        (?P<hosts>[^/?@]*)
        (/(?P<database>[^?]*))?
        (\?(?P<query>.*))?""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Tls:
    """Mode of trust in the server, and the files of its authority and of the client's certificate."""

    mode: str
    root: str | None = None
    certificate: str | None = None
    key: str | None = None
    password: str | None = None

    def argument(self) -> str | Literal[False] | ssl.SSLContext:
        """Return the value for asyncpg's ``ssl``. Reads the files. Raises AddressError if they cannot be used."""
        if self.mode == "disable":
            return False
        if not self.verifies and self.certificate is None:
            return self.mode
        try:
            return self._context()
        except (OSError, ssl.SSLError) as error:
            raise AddressError(f"The certificates of the database address are invalid: {error}.") from error

    @property
    def verifies(self) -> bool:
        """True if the server must prove its identity. As in libpq, naming an authority implies it."""
        return self.mode.startswith("verify") or (self.mode == "require" and self.root is not None)

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=None if self.root in {None, "system"} else self.root)
        # libpq does not require it, and authorities of providers lack the extensions that it requires
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.check_hostname = self.mode == "verify-full"
        context.verify_mode = ssl.CERT_REQUIRED if self.verifies else ssl.CERT_NONE
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.key, self.password)
        return context


def read_tls(given: dict[str, str]) -> Tls | None:
    """Remove the TLS parameters from ``given``. Return None without any: the driver then prefers TLS over TCP."""
    switch = given.pop("ssl", None)
    mode = given.pop("sslmode", None) or (SWITCH.get(switch.lower(), switch) if switch else None)
    files = {name: given.pop(f"ssl{name}", None) for name in ("rootcert", "cert", "key", "password")}
    if mode is None and not any(files.values()):
        return None
    if files["rootcert"] == "system":
        mode = "verify-full"  # libpq rejects less: anyone can obtain a certificate of a system authority
    mode = mode or "prefer"
    if mode not in MODES:
        raise AddressError(f"sslmode in the database address must be one of {', '.join(MODES)}, not {mode!r}.")
    return Tls(mode, files["rootcert"], files["cert"], files["key"], files["password"])


@dataclass(frozen=True, slots=True)
class Options:
    """Connection options of an address.

    ``server_settings`` are sent to the server at startup, ``driver`` to asyncpg. ``pooled`` means that connections go
    through a pooler in transaction mode, where a statement prepared earlier may be on another server session.
    """

    tls: Tls | None = None
    server_settings: dict[str, str] = field(default_factory=dict)
    driver: DriverArguments = field(default_factory=dict)
    pooled: bool = False

    def arguments(self) -> DriverArguments:
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
    """Parse all parameters. Raises AddressError for an unknown one, which may be a misspelled ``sslmode``."""
    rest = dict(given)
    tls = read_tls(rest)
    pooled = yes(rest.pop("pgbouncer", "false"), "pgbouncer")
    server_settings = {name: rest.pop(name) for name in SERVER_SETTINGS & rest.keys()}
    if "fallback_application_name" in server_settings:
        server_settings.setdefault("application_name", server_settings.pop("fallback_application_name"))
    driver = {renamed: read(rest.pop(name), name) for name, (renamed, read) in DRIVER.items() if name in rest}
    pooled = pooled or driver.get("statement_cache_size") == 0
    unknown = sorted(rest.keys() - IGNORED)
    if unknown:
        raise AddressError(f"The database address has unknown parameters: {', '.join(unknown)}.")
    return Options(tls, server_settings, driver, pooled)


def yes(value: str, name: str) -> bool:
    """Parse a boolean. Raises AddressError for other values."""
    answers = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    if value.lower() not in answers:
        raise AddressError(f"{name} in the database address must be true or false, not {value!r}.")
    return answers[value.lower()]


def whole(value: str, name: str) -> int:
    """Parse a non-negative integer. Raises AddressError for other values."""
    if not value.isascii() or not value.isdigit():
        raise AddressError(f"{name} in the database address must be a whole number, not {value!r}.")
    return int(value)


def patience(value: str, name: str) -> float:
    """Parse a number of seconds. libpq's 0 means no limit, and becomes an hour here."""
    return float(whole(value, name) or 3600)


def session(value: str, name: str) -> str:
    """Parse the kind of server to select among several hosts. Raises AddressError for other values."""
    if value not in SESSIONS:
        raise AddressError(
            f"{name} in the database address must be one of {', '.join(sorted(SESSIONS))}, not {value!r}."
        )
    return value


DRIVER: dict[str, tuple[str, Callable[[str, str], object]]] = {
    "connect_timeout": ("timeout", patience),
    "command_timeout": ("command_timeout", patience),
    "passfile": ("passfile", lambda value, _: value),
    "statement_cache_size": ("statement_cache_size", whole),
    "target_session_attrs": ("target_session_attrs", session),
}


@dataclass(frozen=True, slots=True)
class Address:
    """Address and login of a database. Hosts that begin with ``/`` are directories of UNIX sockets."""

    hosts: tuple[tuple[str, int], ...]
    user: str | None
    password: str | None = field(repr=False)
    database: str | None
    options: Options

    @property
    def url(self) -> URL:
        """URL for ``create_async_engine``, to be used with ``connect_args``."""
        single = len(self.hosts) == 1 and not self.hosts[0][0].startswith("/")
        host, port = self.hosts[0] if single else (None, None)
        names, ports = ([str(part) for part in parts] for parts in zip(*self.hosts, strict=True))
        query = {} if single else {"host": ",".join(names), "port": ",".join(ports)}
        return URL.create("postgresql+asyncpg", self.user, self.password, host, port, self.database, query)

    @property
    def connect_args(self) -> DriverArguments:
        """Arguments that SQLAlchemy passes to asyncpg besides the URL. Reads certificate files that TLS requires."""
        arguments = self.driver_args
        if self.options.pooled:
            arguments["prepared_statement_cache_size"] = 0
        return arguments

    @property
    def driver_args(self) -> DriverArguments:
        """Arguments for ``asyncpg.connect``, without hosts, login and database."""
        return self.options.arguments()

    @property
    def shown(self) -> str:
        """Address for messages, without the password."""
        hosts = ",".join(f"{host}:{port}" for host, port in self.hosts)
        return f"{self.user or ''}@{hosts}/{self.database or ''}"


def parse_address(text: str) -> Address:
    """Parse an address: ``postgres://`` or ``postgresql://``, with libpq's parameters.

    Raises AddressError, which never repeats the text, because it contains a password.
    """
    match = SHAPE.fullmatch(text.strip())
    if match is None or match["scheme"].lower() not in SCHEMES:
        raise AddressError("A database address has the form postgresql://user:password@host:5432/database.")
    given = dict(parameters(match["query"] or ""))
    hosts = given.pop("host", None) or match["hosts"]
    ports = given.pop("port", None)
    user = given.pop("user", None) or decoded(match["user"])
    password = given.pop("password", None) or decoded(match["password"])
    database = given.pop("dbname", None) or decoded(match["database"])
    return Address(tuple(places(hosts, ports)), user, password, database, read_options(given))


def decoded(part: str | None) -> str | None:
    """Return the percent-decoded text, or None if it is empty. A plus sign stays a plus sign."""
    try:
        return unquote(part, errors="strict") if part else None
    except UnicodeDecodeError:
        raise AddressError("The database address contains an invalid percent-encoding.") from None


def parameters(query: str) -> Iterator[tuple[str, str]]:
    """Yield the names and values in the query string."""
    for pair in filter(None, query.split("&")):
        name, equals, value = pair.partition("=")
        if not equals:
            raise AddressError(f"The parameter {name!r} of the database address has no value.")
        yield unquote(name), unquote(value)


def places(hosts: str, ports: str | None) -> Iterator[tuple[str, int]]:
    """Yield each host with its port, from ``h1:5432,[::1]:5433,%2Frun%2Fpostgresql`` and the parameter ``port=``."""
    names = hosts.split(",")
    defaults = ports.split(",") if ports else [""]
    if len(defaults) == 1:
        defaults *= len(names)
    if len(defaults) != len(names):
        raise AddressError(f"The database address has {len(names)} hosts but {len(defaults)} ports.")
    for name, default in zip(names, defaults, strict=True):
        host, port = split_port(unquote(name))
        yield host or "localhost", port_number(port or default)


def split_port(place: str) -> tuple[str, str]:
    """Split ``host:port``. A socket directory and a bare IPv6 address may contain colons."""
    if place.startswith("/"):
        return place, ""
    if place.startswith("["):
        host, _, rest = place[1:].partition("]")
        return host, rest.removeprefix(":")
    host, colon, port = place.rpartition(":")
    return (host, port) if colon and ":" not in host else (place, "")


def port_number(text: str) -> int:
    """Return the port number, or the default port if the text is empty. Raises AddressError."""
    if not text:
        return DEFAULT_PORT
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65_536:
        raise AddressError(f"{text!r} in the database address is not a port.")
    return int(text)
