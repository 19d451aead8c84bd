"""Taking one of the two protections away, to see whether the other one holds by itself."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import ColumnElement, true

from graphql_app.database import row_locks
from graphql_app.loaders import loaders
from graphql_app.postgres.connecting import connect
from graphql_app.statements import writes
from graphql_app.statements.parameters import in_tenant
from graphql_app.statements.reach import Aliases
from schema import load_models
from schema.search import statements as search
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
        _forget_statements()
        try:
            yield
        finally:
            _forget_statements()


def _forget_statements() -> None:
    """Clear the statements that the process keeps, not the executor."""
    of_rows = (row_locks._by_id, row_locks._by_ids, row_locks._existing, writes.compiled_write)
    for kept in (*of_rows, loaders._select_by, loaders._select_types, search.matches, search.match_count):
        kept.cache_clear()
    Aliases._kept.clear()


def _anybodys(_entity: Any) -> ColumnElement[bool]:
    return true()
