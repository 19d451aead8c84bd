"""Output of commands: results on standard output, progress and messages on standard error."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import click


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
