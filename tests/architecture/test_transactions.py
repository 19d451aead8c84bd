"""Sessions and transactions have one home, and nothing that lives as long as the process is made by an import."""

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

SERVING = ("graphql_app", "schema")
HOME = "graphql_app.database"
APART = ("graphql_app.cli", "graphql_app.migrations", "graphql_app.testing", "schema.seed")
"""What runs by itself, on connections of its own, when nobody is served."""
RUN_BY_ALEMBIC = "graphql_app.migrations.env"
"""Module that is no import, but a program."""
MADE_BY_WHOEVER_NEEDS_THEM = (
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
    """Where a module calls a function or a method of one of these names."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in names:
                yield f"{module.name}: {ast.unparse(node)}"


def everywhere(*names: str) -> list[str]:
    """The same in everything that serves."""
    return [call for each in modules(*SERVING) if not is_in(each.name, *APART) for call in calls(each, *names)]


def test_there_is_one_commit() -> None:
    assert [call.partition(":")[0] for call in everywhere("commit")] == [f"{HOME}.session"]


@pytest.mark.parametrize("name", ["rollback", "begin_nested", "AsyncSession", "create_async_engine"])
def test_transactions_sessions_and_engines_are_the_database_package_s(name: str) -> None:
    assert not [call for call in everywhere(name) if not is_in(call.partition(":")[0], HOME)]


def test_no_engine_session_loader_or_settings_lives_in_a_module() -> None:
    names = [each.name for each in modules(*SERVING) if each.path.name != "__main__.py" and each.name != RUN_BY_ALEMBIC]
    kept = [f"{name}.{key}" for name in names for key, value in _values(importlib.import_module(name)) if _lives(value)]
    assert not kept


def _values(module: Any) -> Iterator[tuple[str, Any]]:
    """What a module holds, and what its classes hold."""
    for key, value in vars(module).items():
        yield key, value
        if isinstance(value, type) and value.__module__ == module.__name__:
            yield from ((f"{key}.{name}", attribute) for name, attribute in vars(value).items())


def _lives(value: object) -> bool:
    return isinstance(value, MADE_BY_WHOEVER_NEEDS_THEM)
