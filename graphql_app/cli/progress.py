"""How far a long work is: bars on a terminal, a line per part elsewhere."""

import sys
import time
from types import TracebackType
from typing import Any, Self

from tqdm import tqdm

from graphql_app.cli.output import say


class Bars:
    """Called with (what, done, total) as often as there is news; shows rate and time left. One part after the other."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None
        self._part = ""
        self._started = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def __call__(self, part: str, done: int, total: int) -> None:
        """``done`` of ``total`` rows of ``part`` are written."""
        if part != self._part or self._bar is None:
            self._close()
            self._open(part, total)
        assert self._bar is not None
        self._bar.update(done - self._bar.n)

    def _open(self, part: str, total: int) -> None:
        self._part, self._started = part, time.monotonic()
        # on a terminal only: elsewhere every refresh would be a line
        self._bar = tqdm(total=total, desc=part, unit=" rows", unit_scale=True, disable=None, file=sys.stderr)

    def _close(self) -> None:
        if self._bar is None:
            return
        self._bar.close()
        if self._bar.disable:
            say(f"{self._part}: {self._bar.total} rows ... {time.monotonic() - self._started:.1f} s")
        self._bar = None
