"""Taking one of the two protections away, to see whether the other one holds by itself."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import ColumnElement, true

from graphql_app.database import database as database_module
from graphql_app.database.inserting import _inserting_and_telling
from graphql_app.postgres.connecting import connect
from graphql_app.statements.parameters import in_tenant
from schema import load_models
from tests.support.databases import TestDatabase


async def forget_policies(database: TestDatabase) -> None:
    """Switch row-level security off: PostgreSQL gives the application every row that it asks for."""
    connection = await connect(database.admin)
    try:
        for table in load_models().sorted_tables:
            await connection.execute(f"ALTER TABLE {table.name} DISABLE ROW LEVEL SECURITY")
    finally:
        await connection.close()


@contextmanager
def predicate_forgotten() -> Iterator[None]:
    """The engine no longer says whose rows it means. For executors that are made meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        for name, module in list(sys.modules.items()):
            if name.startswith(("graphql_app.", "schema.")) and getattr(module, "in_tenant", None) is in_tenant:
                patch.setattr(module, "in_tenant", _anybodys)
        patch.setattr(database_module, "tenant_column", lambda _entity: _Anything())
        # the process remembers these statements, not the executor
        _inserting_and_telling.cache_clear()
        try:
            yield
        finally:
            _inserting_and_telling.cache_clear()


def _anybodys(_entity: Any) -> ColumnElement[bool]:
    return true()


class _Anything:
    """Stands for the organization's column, and is equal to everything."""

    def __eq__(self, other: object) -> Any:
        return true()

    __hash__ = None  # type: ignore[assignment]
