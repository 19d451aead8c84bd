"""What commands say. Results go to standard output, everything on the way to standard error."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import click


def say(text: str) -> None:
    """A line about what happens."""
    click.echo(text, err=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Say what is being done, and at the end how long it took."""
    click.echo(f"{text} ... ", nl=False, err=True)
    started = time.monotonic()
    try:
        yield
    except BaseException:
        click.echo("", err=True)
        raise
    click.echo(f"{time.monotonic() - started:.1f} s", err=True)
