"""Addresses of databases, as providers write them, for SQLAlchemy and asyncpg.

``parse_address`` is a pure function of the text. It opens no connection and reads no variables.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from sqlalchemy import URL

from graphql_app.postgres.errors import AddressError
from graphql_app.postgres.options import Options, read_options

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
class Address:
    """Address and log-in of a database. Hosts that begin with ``/`` are directories of UNIX sockets."""

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
    def connect_args(self) -> dict[str, Any]:
        """Arguments that SQLAlchemy passes to asyncpg besides the URL. Reads certificate files that TLS requires."""
        arguments = self.driver_args
        if self.options.pooled:
            arguments["prepared_statement_cache_size"] = 0
        return arguments

    @property
    def driver_args(self) -> dict[str, Any]:
        """Arguments for ``asyncpg.connect``, without hosts, log-in and database."""
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
        raise AddressError("A database's address looks like postgresql://user:password@host:5432/database.")
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
        raise AddressError("The database's address has percent signs that encode no text.") from None


def parameters(query: str) -> Iterator[tuple[str, str]]:
    """Yield the names and values in the query string."""
    for pair in filter(None, query.split("&")):
        name, equals, value = pair.partition("=")
        if not equals:
            raise AddressError(f"The parameter {name!r} in the database's address has no value.")
        yield unquote(name), unquote(value)


def places(hosts: str, ports: str | None) -> Iterator[tuple[str, int]]:
    """Yield each host with its port, from ``h1:5432,[::1]:5433,%2Frun%2Fpostgresql`` and the parameter ``port=``."""
    names = hosts.split(",")
    defaults = ports.split(",") if ports else [""]
    if len(defaults) == 1:
        defaults *= len(names)
    if len(defaults) != len(names):
        raise AddressError(f"The database's address has {len(names)} hosts but {len(defaults)} ports.")
    for name, default in zip(names, defaults, strict=True):
        host, port = split_port(unquote(name))
        yield host or "localhost", port_number(port or default)


def split_port(place: str) -> tuple[str, str]:
    """Split ``host:port``. A directory of sockets and a bare IPv6 address contain colons of their own."""
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
        raise AddressError(f"{text!r} in the database's address is not a port.")
    return int(text)
