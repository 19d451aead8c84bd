"""Queries with their responses, plans and SQL, compared with golden files."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from graphql_app.database.transaction import WriteTransaction
from graphql_app.types.schema import Api
from tests.engine import golden
from tests.engine.datasets import Libraries, library
from tests.engine.toy.models import Book
from tests.engine.toy_api import Toy, toy_on, wide
from tests.support.execution_modes import by_plans


@pytest.fixture
async def traced(api: Api, libraries: Libraries) -> AsyncIterator[Toy]:
    """Open a toy that traces its responses."""
    async with toy_on(api, libraries.database.app, options=wide(trace=True)) as toy:
        toy.script.rules["lock"] = lock
        yield toy


async def lock(tx: WriteTransaction) -> Book:
    """Lock a record without a change, for its payload."""
    return await tx.lock(Book, library("large").rows["books"][0]["id"])


def cursor_in(data: Any) -> str:
    """Return the first cursor in a response."""
    found: str = data["books"]["edges"][0]["cursor"]
    return found


def ids_of(libraries: Libraries) -> list[str]:
    """Return an id of each of three tables."""
    return [str(libraries.rows("large")[table][0]["id"]) for table in ("books", "shelves", "authors")]


@pytest.mark.parametrize("name", golden.queries())
async def test_a_query_equals_its_golden_files(traced: Toy, libraries: Libraries, name: str) -> None:
    query = golden.query(name)
    variables: dict[str, Any] = {}
    if "$ids" in query:
        variables["ids"] = ids_of(libraries)
    if "$after" in query:
        variables["after"] = cursor_in(await traced.fetch(query, libraries.id("large")))
    body = (await traced.respond(query, libraries.id("large"), **variables)).body
    golden.compare_answer(name, body["data"])
    golden.compare_statements(name, traced.statements)
    if by_plans():
        assert body["extensions"]["trace"]["fellBack"] is None
        golden.compare_plans(name, body["extensions"]["trace"]["plans"])


def test_golden_files_are_complete() -> None:
    expected = {f"{name}{suffix}" for name in golden.queries() for suffix in golden.SUFFIXES}
    assert {path.name for path in golden.GOLDEN.iterdir()} == expected
