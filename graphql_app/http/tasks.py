"""Eagerly started tasks."""

import asyncio
from collections.abc import Coroutine
from typing import Any


def begun[T](work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Return a task for ``work`` that has run up to its first suspension. It is done if there was none."""
    return asyncio.Task(work, loop=asyncio.get_running_loop(), eager_start=True)
