"""Check of the database before the server listens, with or without waiting for it."""

import asyncio

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential

from graphql_app.cli.output import say
from graphql_app.database.opening import session_settings
from graphql_app.postgres.addresses import parse_address
from graphql_app.postgres.databases import DatabaseUrls
from graphql_app.postgres.errors import AccessDenied, Unreachable
from graphql_app.postgres.serving import check_servable
from graphql_app.settings import Settings

SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
"""Seconds between two attempts, at least and at most."""


def check_database(settings: Settings, database: DatabaseUrls) -> None:
    """Raise the reason if the database cannot be served from."""
    asyncio.run(check_servable(parse_address(database.app_url), session_settings(settings)))


def wait_for_database(settings: Settings, database: DatabaseUrls) -> None:
    """Retry the check until the database answers. Raises errors that persist, such as a wrong password."""
    attempts = Retrying(
        retry=retry_if_exception(is_away),
        wait=wait_exponential(SHORTEST_PAUSE, LONGEST_PAUSE),
        before_sleep=report,
        reraise=True,
    )
    attempts(check_database, settings, database)


def is_away(error: BaseException) -> bool:
    """Return True if the database may be reachable a little later."""
    return isinstance(error, Unreachable) and not isinstance(error, AccessDenied)


def report(state: RetryCallState) -> None:
    """Print the reason of the next attempt, and the seconds until then."""
    assert state.outcome is not None
    assert state.next_action is not None
    say(f"{state.outcome.exception()} The next attempt is in {state.next_action.sleep:g} s.")
