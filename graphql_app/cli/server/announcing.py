"""Announcement of a server as soon as it answers."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import click

INTERVAL = 0.05


@contextmanager
def announced(address: str, text: str) -> Iterator[None]:
    """Print ``text`` as soon as the server at ``address`` answers."""
    over = threading.Event()
    thread = threading.Thread(target=announce, args=(address, text, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def announce(address: str, text: str, over: threading.Event) -> None:
    """Poll the server until it answers, then print ``text``. End early if ``over`` is set."""
    while not over.wait(INTERVAL):
        if answers(address):
            click.echo(text)
            return


def answers(address: str) -> bool:
    """Return True if the server answers its liveness probe."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=2)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/health/live")
        return connection.getresponse().status == http.client.OK
    connection.close()
    return False
