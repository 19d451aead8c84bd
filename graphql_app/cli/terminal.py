"""Terminal of a command: messages, and signals that request its end."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import click

CLOSINGS = [signal.SIGHUP] if hasattr(signal, "SIGHUP") else []
"""Signals at the end of a terminal session."""
ENDINGS = [signal.SIGTERM, *CLOSINGS]
"""Signals that request the end, besides SIGINT, which Python handles itself."""


def say(text: str) -> None:
    """Print a message to standard error."""
    click.echo(text, err=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Print the name of a step, and at its end the seconds it took."""
    click.echo(f"{text} ... ", nl=False, err=True)
    started = time.monotonic()
    try:
        yield
    except BaseException:
        click.echo("", err=True)
        raise
    click.echo(f"{time.monotonic() - started:.1f} s", err=True)


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt for each of ``ENDINGS``, as for Ctrl-C, so that open resources are closed."""
    with handled(ENDINGS, interrupt):
        yield


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore SIGINT and ``ENDINGS`` during the block, which must be short."""
    with handled([signal.SIGINT, *ENDINGS], signal.SIG_IGN):
        yield


@contextmanager
def handled(
    signals: list[signal.Signals], handler: Callable[[int, FrameType | None], object] | signal.Handlers
) -> Iterator[None]:
    """Replace the handlers of ``signals`` by ``handler`` during the block."""
    before = {number: signal.signal(number, handler) for number in signals}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def interrupt(_: int, __: FrameType | None) -> None:
    """Raise KeyboardInterrupt, as Python does at Ctrl-C."""
    raise KeyboardInterrupt
