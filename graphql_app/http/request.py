"""ASGI request with lazily parsed parts: headers, client address, credentials."""

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network, ip_address, ip_network
from typing import Any, cast

import structlog
from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Receive, Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from graphql_app.http.logging import LONGEST_NAME, bind_client, bind_viewer
from graphql_app.identity.authenticator import Authenticator
from graphql_app.identity.tokens import Credentials

Header = tuple[bytes, bytes]
"""Header in wire format. Its name is in lower case."""
Headers = Mapping[bytes, bytes]
"""Headers of a request by name."""

CLIENT_NAME, CLIENT_VERSION = b"apollographql-client-name", b"apollographql-client-version"
"""Headers of Apollo's clients."""
FORWARDED_FOR = b"x-forwarded-for"
IPV4_IN_IPV6 = 96
"""Length of the prefix ``::ffff:0:0/96``. A dual-stack socket reports IPv4 addresses below it."""

log = structlog.get_logger("workline.http")


class HttpRequest:
    """Request to `/graphql`, read from the ASGI scope."""

    __slots__ = ("headers", "method", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.method: str = scope["method"]
        self.headers: Headers = request_headers(scope)

    def header(self, name: bytes) -> str | None:
        """Return the header with this name, or None."""
        return header_text(self.headers, name)

    def accept(self) -> str | None:
        """Return the ``Accept`` header, or None. Several header lines are joined to one list."""
        lines = [line for name, line in self.scope["headers"] if name == b"accept"]
        return b", ".join(lines).decode("latin-1") if lines else None

    def parameters(self) -> QueryParams:
        """Return the parameters of the query string."""
        return QueryParams(self.scope["query_string"])


def request_headers(scope: Scope) -> Headers:
    """Return the request's headers. If a name is repeated, the first header is used."""
    return dict(reversed(scope["headers"]))


def header_text(headers: Headers, name: bytes) -> str | None:
    """Return the header with this name, or None."""
    value = headers.get(name)
    return None if value is None else str(value, "latin-1")


def client_application(headers: Headers) -> tuple[str, str]:
    """Return the name and the version of the client application, empty unless it states them as Apollo's clients do.

    Also adds them to the log context.
    """
    if CLIENT_NAME not in headers and CLIENT_VERSION not in headers:
        return "", ""
    name, version = (
        (header_text(headers, each) or "")[:LONGEST_NAME].strip() for each in (CLIENT_NAME, CLIENT_VERSION)
    )
    bind_client(name, version)
    return name, version


async def identify(authorization: str | None, address: str, authenticator: Authenticator) -> Credentials | None:
    """Return the credentials in an ``Authorization`` header, or None without one. Raises a :class:`RequestError`.

    Also adds the viewer to the log context.
    """
    found = await authenticator.credentials(authorization, address)
    if found is not None:
        bind_viewer(found.viewer)
    return found


def client_address(scope: Scope) -> str:
    """Return the client's IP address, or an empty string if it is unknown, as on a UNIX socket."""
    client = scope.get("client")
    try:
        return str(ip_address(client[0])) if client else ""
    except ValueError:
        return ""


def behind_proxies(app: ASGIApp, proxies: Sequence[str]) -> ASGIApp:
    """Wrap ``app`` so that the client address comes from ``X-Forwarded-For`` if a trusted proxy sends it.

    ``proxies`` are addresses and networks. The header is read from the right, past every trusted proxy, to the first
    address that is not a trusted proxy. Addresses that the client put before it are ignored. The standard header
    ``Forwarded`` is not read, because most proxies forward it as the client sent it.
    """
    if not proxies:
        return app
    wrapped: Any = app  # uvicorn declares its own ASGI types
    return cast(ASGIApp, ProxyHeadersMiddleware(wrapped, [*proxies, *_ipv4_mapped(proxies)]))


def _ipv4_mapped(proxies: Iterable[str]) -> list[str]:
    """Return the IPv4 networks among ``proxies`` as networks of IPv4-mapped IPv6 addresses."""
    networks = [ip_network(each) for each in proxies]
    return [
        f"::ffff:{each.network_address}/{IPV4_IN_IPV6 + each.prefixlen}"
        for each in networks
        if isinstance(each, IPv4Network)
    ]


class UntrustedProxyWarning:
    """One-time warning about a proxy that is not in the settings."""

    def __init__(self, proxies: Sequence[str]) -> None:
        self._is_done = bool(proxies)

    def check(self, headers: Headers, address: str) -> None:
        """Log the first ``X-Forwarded-For`` header, if no proxy is trusted."""
        if self._is_done or FORWARDED_FOR not in headers:
            return
        self._is_done = True
        log.warning(
            "X-Forwarded-For is ignored: if the client is your proxy, add it to WORKLINE_TRUSTED_PROXIES; otherwise "
            "all clients behind it share one limit of failed logins",
            client=address,
        )
