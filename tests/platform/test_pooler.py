"""Poolers between the server and PostgreSQL: detected by their behavior, and to be declared."""

import pytest

from graphql_app.database.pool_settings import session_settings
from graphql_app.postgres.addresses import parse_address
from graphql_app.postgres.admin_connections import connect
from graphql_app.postgres.errors import UndeclaredPooler
from graphql_app.postgres.startup_checks import UNPREPARED, check_servable, is_pooled
from graphql_app.settings import Settings
from tests.support.application import MIGRATIONS
from tests.support.databases import TestDatabase, connected
from tests.support.pooler import pooled
from tests.support.settings import settings_for

LIMITS = frozenset({"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"})


@pytest.fixture
def settings(shared_database: TestDatabase) -> Settings:
    return settings_for(shared_database)


async def test_a_direct_connection_has_its_own_session(shared_database: TestDatabase) -> None:
    async with connected(shared_database.app) as connection:
        assert not await is_pooled(connection)


@pytest.mark.parametrize("per_client", [True, False])
async def test_a_pooler_has_different_process_ids(shared_database: TestDatabase, *, per_client: bool) -> None:
    async with pooled(shared_database, per_client=per_client) as address:
        connection = await connect(parse_address(address), **UNPREPARED)
        assert await is_pooled(connection)
        await connection.close()


@pytest.mark.parametrize("ignores", [frozenset(), LIMITS])
async def test_a_transaction_pooler_is_refused_unless_declared(
    shared_database: TestDatabase, settings: Settings, ignores: frozenset[str]
) -> None:
    async with pooled(shared_database, ignores=ignores) as address:
        with pytest.raises(UndeclaredPooler, match="pgbouncer=true"):
            await check_servable(parse_address(address), session_settings(settings), MIGRATIONS)
        await check_servable(parse_address(f"{address}?pgbouncer=true"), session_settings(settings), MIGRATIONS)


async def test_pooled_sessions_without_the_limits_are_refused(
    shared_database: TestDatabase, settings: Settings
) -> None:
    async with pooled(shared_database, per_client=True, ignores=LIMITS) as address:
        with pytest.raises(UndeclaredPooler):
            await check_servable(parse_address(address), session_settings(settings), MIGRATIONS)


async def test_pooled_sessions_with_the_limits_need_no_declaration(
    shared_database: TestDatabase, settings: Settings
) -> None:
    default = {"statement_timeout": "0"}  # value in a session that ignores the parameter
    assert session_settings(settings).keys() >= default.keys()
    async with pooled(shared_database, per_client=True, ignores=LIMITS) as address:
        await check_servable(parse_address(address), session_settings(settings) | default, MIGRATIONS)
