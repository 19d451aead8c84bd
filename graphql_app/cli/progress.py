"""Progress of long work: bars on a terminal, a line per part elsewhere."""

import sys
import time
from typing import Any, Self

from tqdm import tqdm

from graphql_app.cli.output import say


class Bars:
    """Progress report with rate and remaining time.

    Called with (part, done, total); parts follow one after the other.
    """

    def __init__(self) -> None:
        # without a terminal, each refresh of a bar would be a line
        self._drawn = sys.stderr.isatty()
        self._bar: tqdm[Any] | None = None
        self._part = ""
        self._done = self._total = 0
        self._started = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def __call__(self, part: str, done: int, total: int) -> None:
        """Report that ``done`` of ``total`` rows of ``part`` are written."""
        if part != self._part:
            self._close()
            self._open(part, total)
        self._done = done
        if self._bar is not None:
            self._bar.update(done - self._bar.n)

    def _open(self, part: str, total: int) -> None:
        self._part, self._total, self._started = part, total, time.monotonic()
        if self._drawn:
            self._bar = tqdm(total=total, desc=part, unit=" rows", unit_scale=True, file=sys.stderr)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        elif self._part and self._done >= self._total:
            say(f"{self._part}: {self._total} rows ... {time.monotonic() - self._started:.1f} s")
        self._bar, self._part = None, ""
