"""The pool as the settings want it: sizes, and how long anything may take."""

from contextlib import suppress
from typing import Any

import asyncpg

from graphql_app.database.connection import Driver, SetUp
from graphql_app.database.pool import REST, ConnectionPool, PoolOptions
from graphql_app.postgres.addresses import Address
from graphql_app.settings import Settings

CHECK_CLIENT_SECONDS = 1
"""How often PostgreSQL looks whether the client of a running statement is still there."""


def open_pool(address: Address, settings: Settings) -> ConnectionPool:
    """A pool on ``address``; nothing is connected before it is used. Close it at the end.

    Behind a pooler in transaction mode no session is ours to set up: there the timeouts belong to the role
    (``ALTER ROLE ... SET statement_timeout = ...``).
    """
    arguments, options = _connect_args(address, settings), _options(settings, shared=address.options.pooled)
    if address.options.pooled:
        return ConnectionPool(address.url, arguments, options)
    return ConnectionPool(address.url, arguments, options, _set_up(_milliseconds(settings.transaction_timeout)))


def _options(settings: Settings, *, shared: bool) -> PoolOptions:
    """A pooler in transaction mode could lend a connection that rests here to somebody else."""
    return PoolOptions(
        size=settings.pool_size,
        overflow=settings.pool_overflow,
        timeout=settings.pool_timeout,
        recycle=int(settings.pool_recycle),
        ping_after=settings.pool_pre_ping_after,
        rest=0 if shared else REST,
    )


def _connect_args(address: Address, settings: Settings) -> dict[str, Any]:
    """What the address says wins over the settings."""
    times = {"timeout": settings.connect_timeout, "command_timeout": settings.command_timeout}
    arguments: dict[str, Any] = {**times, **address.connect_args}
    session = {"application_name": "workline"} if address.options.pooled else session_settings(settings)
    arguments["server_settings"] = session | arguments.get("server_settings", {})
    return arguments


def session_settings(settings: Settings) -> dict[str, str]:
    """Return the parameters that a session of the pool starts with, where no pooler is between."""
    return {
        "application_name": "workline",
        "statement_timeout": _milliseconds(settings.statement_timeout),
        "lock_timeout": _milliseconds(settings.lock_timeout),
        "idle_in_transaction_session_timeout": _milliseconds(settings.idle_in_transaction_timeout),
    }


def _set_up(transaction_timeout: str) -> SetUp:
    """What not every server knows, and would refuse the connection for: set afterwards, where it is known."""

    async def set_up(driver: Driver) -> None:
        if driver.get_server_version().major >= 17:
            await driver.execute(f"SET transaction_timeout = '{transaction_timeout}'")
        with suppress(asyncpg.PostgresError):  # not on every operating system
            await driver.execute(f"SET client_connection_check_interval = '{CHECK_CLIENT_SECONDS}s'")

    return set_up


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
