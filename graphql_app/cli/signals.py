"""Signals that ask for the end. Whatever a command has started must have stopped when it leaves."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

CLOSINGS = [signal.SIGHUP] if hasattr(signal, "SIGHUP") else []
"""What comes when the terminal closes."""
ENDINGS = [signal.SIGTERM, *CLOSINGS]
"""Besides SIGINT, which is Python's own."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Have every such signal raise KeyboardInterrupt, as Ctrl-C does, so that what is open gets closed."""
    with handled(ENDINGS, interrupt):
        yield


@contextmanager
def undisturbed() -> Iterator[None]:
    """Finish what is inside, whoever presses Ctrl-C again. It must be short."""
    with handled([signal.SIGINT, *ENDINGS], signal.SIG_IGN):
        yield


@contextmanager
def handled(signals: list[signal.Signals], handler: Callable[..., Any] | signal.Handlers) -> Iterator[None]:
    """``handler`` in place of whoever handles ``signals`` otherwise."""
    before = {number: signal.signal(number, handler) for number in signals}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def interrupt(_: int, __: FrameType | None) -> None:
    """As Python does at Ctrl-C."""
    raise KeyboardInterrupt
