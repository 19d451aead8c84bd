"""Sessions and transactions belong to the database package, and no import creates an object with process lifetime."""

import ast
import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from aiodataloader import DataLoader
from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from graphql_app.database.pool import ConnectionPool
from graphql_app.database.session import OperationSession
from graphql_app.execution.executor import Executor
from graphql_app.loaders import Loaders
from graphql_app.settings import Settings
from tests.architecture.sources import Module, is_in, modules

pytestmark = pytest.mark.architecture

SERVING = ("graphql_app", "schema")
HOME = "graphql_app.database"
APART = ("graphql_app.cli", "graphql_app.migrations", "graphql_app.testing", "schema.seed")
"""Programs and background tasks with their own connections, outside any request."""
RUN_BY_ALEMBIC = "graphql_app.migrations.env"
"""Module that alembic runs as a program."""
RUNTIME_TYPES = (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    ConnectionPool,
    DataLoader,
    Engine,
    Executor,
    OperationSession,
    Loaders,
    Session,
    Settings,
    async_sessionmaker,
    scoped_session,
    sessionmaker,
)


def calls(module: Module, *names: str) -> Iterator[str]:
    """Yield the calls of functions or methods of these names in a module."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in names:
                yield f"{module.name}: {ast.unparse(node)}"


def everywhere(*names: str) -> list[str]:
    """Return the calls of these names in all modules that serve requests."""
    return [call for each in modules(*SERVING) if not is_in(each.name, *APART) for call in calls(each, *names)]


def test_there_is_one_commit() -> None:
    assert [call.partition(":")[0] for call in everywhere("commit")] == [f"{HOME}.session"]


@pytest.mark.parametrize("name", ["rollback", "begin_nested", "AsyncSession", "create_async_engine"])
def test_only_the_database_package_has_transactions_sessions_and_engines(name: str) -> None:
    assert not [call for call in everywhere(name) if not is_in(call.partition(":")[0], HOME)]


def test_no_module_holds_an_engine_session_loader_or_settings() -> None:
    names = [each.name for each in modules(*SERVING) if each.path.name != "__main__.py" and each.name != RUN_BY_ALEMBIC]
    kept = [
        f"{name}.{key}"
        for name in names
        for key, value in _values(importlib.import_module(name))
        if _is_runtime_object(value)
    ]
    assert not kept


def _values(module: Any) -> Iterator[tuple[str, Any]]:
    """Yield the attributes of a module and of its classes."""
    for key, value in vars(module).items():
        yield key, value
        if isinstance(value, type) and value.__module__ == module.__name__:
            yield from ((f"{key}.{name}", attribute) for name, attribute in vars(value).items())


def _is_runtime_object(value: object) -> bool:
    return isinstance(value, RUNTIME_TYPES)
