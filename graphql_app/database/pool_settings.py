"""Connection pool as configured by the settings: sizes and time limits."""

from contextlib import suppress

import asyncpg

from graphql_app.database.connection import Driver, SetUp
from graphql_app.database.pool import REST, ConnectionPool, PoolOptions
from graphql_app.postgres.addresses import Address
from graphql_app.settings import Settings
from graphql_app.telemetry.metrics import Metrics

CHECK_CLIENT_SECONDS = 1
"""Interval at which PostgreSQL checks the client connection of a running statement."""


def open_pool(address: Address, settings: Settings, metrics: Metrics | None = None) -> ConnectionPool:
    """Return a pool for ``address``, which connects on first use. The caller closes it.

    Behind a pooler in transaction mode, sessions cannot be set up: set time limits on the role there
    (``ALTER ROLE ... SET statement_timeout = ...``). Snapshots are not kept, because they occupy connections of the
    pooler.
    """
    is_pooled = address.options.pooled
    options = PoolOptions(
        size=settings.pool_size,
        overflow=settings.pool_overflow,
        timeout=settings.pool_timeout,
        recycle=int(settings.pool_recycle),
        ping_after=settings.pool_pre_ping_after,
        rest=0 if is_pooled else REST,
    )
    set_up = None if is_pooled else _set_up(_milliseconds(settings.transaction_timeout))
    return ConnectionPool(address.url, _connect_args(address, settings), options, set_up, metrics)


def _connect_args(address: Address, settings: Settings) -> dict[str, object]:
    """Return the arguments of asyncpg. Parameters of the address override the settings."""
    times = {"timeout": settings.connect_timeout, "command_timeout": settings.command_timeout}
    session = {"application_name": "workline"} if address.options.pooled else session_settings(settings)
    own = address.connect_args
    return {**times, **own, "server_settings": session | own.get("server_settings", {})}


def session_settings(settings: Settings) -> dict[str, str]:
    """Return the server settings of a session, which are not used behind a pooler."""
    return {
        "application_name": "workline",
        "statement_timeout": _milliseconds(settings.statement_timeout),
        "lock_timeout": _milliseconds(settings.lock_timeout),
        "idle_in_transaction_session_timeout": _milliseconds(settings.idle_in_transaction_timeout),
    }


def _set_up(transaction_timeout: str) -> SetUp:
    """Return a function that sets parameters that some servers would reject when a connection is opened."""

    async def set_up(driver: Driver) -> None:
        if driver.get_server_version().major >= 17:
            await driver.execute(f"SET transaction_timeout = '{transaction_timeout}'")
        with suppress(asyncpg.PostgresError):  # not on every operating system
            await driver.execute(f"SET client_connection_check_interval = '{CHECK_CLIENT_SECONDS}s'")

    return set_up


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
