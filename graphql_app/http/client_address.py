"""The address of the client, also behind proxies that the settings trust."""

from collections.abc import Sequence
from ipaddress import IPv4Network, ip_address, ip_network
from typing import Any

import structlog
from starlette.types import ASGIApp, Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from graphql_app.http.headers import Headers

FORWARDED_FOR = b"x-forwarded-for"
IPV4_IN_IPV6 = 96
"""Length of the prefix ``::ffff:0:0/96``: a socket for both versions of IP reports IPv4 addresses below it."""

log = structlog.get_logger("workline.http")


def behind_proxies(app: ASGIApp, proxies: Sequence[str]) -> ASGIApp:
    """Wrap ``app`` so that the client is read from ``X-Forwarded-For`` where a trusted proxy sends it.

    ``proxies`` are addresses and networks. The header is read from the right, past every trusted proxy, to the first
    address that is none: what a client puts in front of it is not believed. The standard header ``Forwarded`` is not
    read: most proxies pass it on as the client sent it.
    """
    if not proxies:
        return app
    wrapped: Any = ProxyHeadersMiddleware(app, [*proxies, *_mapped(proxies)])  # type: ignore[arg-type]
    return wrapped  # type: ignore[no-any-return]


def _mapped(proxies: Sequence[str]) -> list[str]:
    """Return the IPv4 networks among them in the form of IPv4-mapped IPv6 addresses."""
    networks = [ip_network(each) for each in proxies]
    return [
        f"::ffff:{each.network_address}/{IPV4_IN_IPV6 + each.prefixlen}"
        for each in networks
        if isinstance(each, IPv4Network)
    ]


def client_address(scope: Scope) -> str:
    """Return the client's IP address; empty when it is not known, as on a UNIX socket."""
    client = scope.get("client")
    try:
        return str(ip_address(client[0])) if client else ""
    except ValueError:
        return ""


class ProxyHint:
    """Logs once that a proxy seems to be in front that the settings do not name."""

    def __init__(self, proxies: Sequence[str]) -> None:
        self._is_given = bool(proxies)

    def look(self, headers: Headers, address: str) -> None:
        """Log the first ``X-Forwarded-For`` from a peer that is not trusted."""
        if self._is_given or FORWARDED_FOR not in headers:
            return
        self._is_given = True
        log.warning(
            "X-Forwarded-For is ignored: if the client is your proxy, name it in WORKLINE_TRUSTED_PROXIES; otherwise "
            "all clients behind it share one limit of failed log-ins",
            client=address,
        )
