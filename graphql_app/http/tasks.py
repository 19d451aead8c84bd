"""Tasks that begin at once."""

import asyncio
from collections.abc import Coroutine
from typing import Any


def begun[T](work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task for ``work`` that has run up to the first thing that it waits for; done, if there was none."""
    return asyncio.Task(work, loop=asyncio.get_running_loop(), eager_start=True)
