"""A pooler between the server and PostgreSQL is recognised by its behaviour, and has to be declared."""

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


async def test_without_a_pooler_the_session_is_the_one_that_was_started(shared_database: TestDatabase) -> None:
    async with connected(shared_database.app) as connection:
        assert not await is_pooled(connection)


@pytest.mark.parametrize("per_client", [True, False])
async def test_a_pooler_has_process_ids_of_its_own(shared_database: TestDatabase, *, per_client: bool) -> None:
    async with pooled(shared_database, per_client=per_client) as address:
        connection = await connect(parse_address(address), **UNPREPARED)
        assert await is_pooled(connection)
        await connection.close()


@pytest.mark.parametrize("ignores", [frozenset(), LIMITS])
async def test_transactions_of_a_pooler_are_refused_until_they_are_declared(
    shared_database: TestDatabase, settings: Settings, ignores: frozenset[str]
) -> None:
    async with pooled(shared_database, ignores=ignores) as address:
        with pytest.raises(UndeclaredPooler, match="pgbouncer=true"):
            await check_servable(parse_address(address), session_settings(settings), MIGRATIONS)
        await check_servable(parse_address(f"{address}?pgbouncer=true"), session_settings(settings), MIGRATIONS)


async def test_sessions_of_a_pooler_without_our_limits_are_refused(
    shared_database: TestDatabase, settings: Settings
) -> None:
    async with pooled(shared_database, per_client=True, ignores=LIMITS) as address:
        with pytest.raises(UndeclaredPooler):
            await check_servable(parse_address(address), session_settings(settings), MIGRATIONS)


async def test_sessions_of_a_pooler_with_our_limits_need_no_declaration(
    shared_database: TestDatabase, settings: Settings
) -> None:
    default = {"statement_timeout": "0"}  # what a session has that ignores the parameter
    assert session_settings(settings).keys() >= default.keys()
    async with pooled(shared_database, per_client=True, ignores=LIMITS) as address:
        await check_servable(parse_address(address), session_settings(settings) | default, MIGRATIONS)
