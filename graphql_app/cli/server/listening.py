"""Socket that all serving processes share."""

import errno
import socket

import click

from graphql_app.settings import Settings


def listen(settings: Settings) -> socket.socket:
    """Return a bound socket for the host and port of the settings. Raises ClickException if they are not available."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.host, settings.port))
    except OSError as error:
        bound.close()
        hint = " Choose another with --port." if error.errno == errno.EADDRINUSE else ""
        reason = (error.strerror or str(error)).lower()
        raise click.ClickException(f"Cannot listen on {settings.host}:{settings.port}: {reason}.{hint}") from error
    bound.set_inheritable(True)
    return bound


def address_of(bound: socket.socket) -> str:
    """Return the URL of the socket for a browser on this machine."""
    host, port = bound.getsockname()[:2]
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (compared, not bound)
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"
