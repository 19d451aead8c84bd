"""Trying again what collided with others: a bounded number of times, a little later each time."""

import asyncio
from collections.abc import Awaitable, Callable
from random import uniform

from graphql_app.database.failures import is_retryable

PAUSES = (0.02, 0.04, 0.08)
"""Seconds that may pass at most before each further attempt; chance decides, so that two who collided part ways."""
ATTEMPTS = len(PAUSES) + 1
"""How often a write is tried in all before its error is reported."""


async def retried[T](attempt: Callable[[], Awaitable[T]]) -> T:
    """The outcome of ``attempt``, which is made again after an error that another attempt may well be spared."""
    for pause in PAUSES:
        try:
            return await attempt()
        except Exception as error:
            if not is_retryable(error):
                raise
        await asyncio.sleep(uniform(0, pause))  # noqa: S311 (nothing is kept secret)
    return await attempt()
