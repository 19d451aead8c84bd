"""Trying again what collided with others: a bounded number of times, a little later each time."""

from collections.abc import Awaitable, Callable

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from graphql_app.database.failures import is_retryable

ATTEMPTS = 4
"""How often a write is tried in all before its error is reported."""


async def retried[T](attempt: Callable[[], Awaitable[T]]) -> T:
    """The outcome of ``attempt``, which is made again after an error that another attempt may well be spared.

    The first attempt, which nearly always succeeds, does not pay for the machinery of the others: that one is told of
    its failure as of its own.
    """
    failures: list[Exception] = []
    try:
        return await attempt()
    except Exception as error:
        if not is_retryable(error):
            raise
        failures.append(error)

    async def again() -> T:
        if failures:
            raise failures.pop()
        return await attempt()

    return await _retrying()(again)


def _retrying() -> AsyncRetrying:
    return AsyncRetrying(
        retry=retry_if_exception(is_retryable),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.02, max=0.5),
        reraise=True,
    )
