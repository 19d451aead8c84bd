"""Session setup of pooled connections."""

from collections.abc import Sequence

import pytest

from graphql_app.database.pool_settings import open_pool
from graphql_app.postgres.addresses import Address, parse_address
from graphql_app.settings import Settings
from tests.support.databases import TestDatabase
from tests.support.settings import settings_for

SETTINGS = (
    "application_name",
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "client_connection_check_interval",
)


@pytest.fixture
def settings(shared_database: TestDatabase) -> Settings:
    return settings_for(
        shared_database,
        statement_timeout=7,
        lock_timeout=0.25,
        idle_in_transaction_timeout=8,
        transaction_timeout=20.5,
    )


async def test_a_session_has_the_timeouts_of_the_settings(
    shared_database: TestDatabase, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphql_app.database.pool_settings.CHECK_CLIENT_SECONDS", 3)  # not the test value
    assert await session(shared_database.app, settings) == ["workline", "7s", "250ms", "8s", "3s"]


async def test_a_transaction_has_a_timeout_if_the_server_supports_it(
    shared_database: TestDatabase, settings: Settings, major: int
) -> None:
    expected = "20500ms" if major >= 17 else None
    assert await session(shared_database.app, settings, ["transaction_timeout"]) == [expected]


async def test_parameters_of_the_address_take_precedence(shared_database: TestDatabase, settings: Settings) -> None:
    address = parse_address(with_parameter(shared_database.app_url, "application_name=reports"))
    assert (await session(address, settings))[0] == "reports"


async def test_a_session_behind_a_pooler_is_not_set_up(shared_database: TestDatabase, settings: Settings) -> None:
    address = parse_address(with_parameter(shared_database.app_url, "pgbouncer=true"))
    assert (await session(address, settings))[:4] == ["workline", "0", "0", "0"]


async def test_the_setup_leaves_no_transaction_open(shared_database: TestDatabase, settings: Settings) -> None:
    connections = open_pool(shared_database.app, settings)
    try:
        async with connections.driver() as driver:
            assert not driver.is_in_transaction()
    finally:
        await connections.close()


async def session(address: Address, settings: Settings, names: Sequence[str] = SETTINGS) -> list[str | None]:
    """Return these parameters of a session of the pool, None for those that the server does not support."""
    connections = open_pool(address, settings)
    try:
        async with connections.driver() as driver:
            return [await driver.fetchval("SELECT current_setting($1, true)", name) for name in names]
    finally:
        await connections.close()


def with_parameter(url: str, parameter: str) -> str:
    return url + ("&" if "?" in url else "?") + parameter
