"""Client address of a request, also behind trusted proxies."""

from collections.abc import Sequence
from ipaddress import IPv4Network, ip_address, ip_network
from typing import Any

import structlog
from starlette.types import ASGIApp, Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from graphql_app.http.headers import Headers

FORWARDED_FOR = b"x-forwarded-for"
IPV4_IN_IPV6 = 96
"""Length of the prefix ``::ffff:0:0/96``. A dual-stack socket reports IPv4 addresses below it."""

log = structlog.get_logger("workline.http")


def behind_proxies(app: ASGIApp, proxies: Sequence[str]) -> ASGIApp:
    """Wrap ``app`` so that the client address comes from ``X-Forwarded-For`` if a trusted proxy sends it.

    ``proxies`` are addresses and networks. The header is read from the right, past every trusted proxy, to the first
    address that is not one. Addresses that a client puts in front of it are ignored. The standard header ``Forwarded``
    is not read, because most proxies forward it as the client sent it.
    """
    if not proxies:
        return app
    wrapped: Any = ProxyHeadersMiddleware(app, [*proxies, *_mapped(proxies)])  # type: ignore[arg-type]
    return wrapped  # type: ignore[no-any-return]


def _mapped(proxies: Sequence[str]) -> list[str]:
    """Return the IPv4 networks among ``proxies`` as networks of IPv4-mapped IPv6 addresses."""
    networks = [ip_network(each) for each in proxies]
    return [
        f"::ffff:{each.network_address}/{IPV4_IN_IPV6 + each.prefixlen}"
        for each in networks
        if isinstance(each, IPv4Network)
    ]


def client_address(scope: Scope) -> str:
    """Return the client's IP address, or an empty string if it is unknown, as on a UNIX socket."""
    client = scope.get("client")
    try:
        return str(ip_address(client[0])) if client else ""
    except ValueError:
        return ""


class ProxyHint:
    """One-time warning about a proxy that the settings do not name."""

    def __init__(self, proxies: Sequence[str]) -> None:
        self._is_given = bool(proxies)

    def look(self, headers: Headers, address: str) -> None:
        """Log the first ``X-Forwarded-For`` header, if no proxy is trusted."""
        if self._is_given or FORWARDED_FOR not in headers:
            return
        self._is_given = True
        log.warning(
            "X-Forwarded-For is ignored: if the client is your proxy, name it in WORKLINE_TRUSTED_PROXIES; otherwise "
            "all clients behind it share one limit of failed log-ins",
            client=address,
        )
