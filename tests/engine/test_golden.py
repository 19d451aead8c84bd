"""Queries with their answers and the SQL behind them, statement by statement, as it is in the golden files."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from graphql_app.execution.request import GraphQLResponse
from graphql_app.views.api import Api
from tests.engine import golden
from tests.engine.asking import Toy, toy_on
from tests.engine.libraries import Libraries
from tests.support.modes import PLAN, usual_options


@pytest.fixture
async def traced(api: Api, libraries: Libraries) -> AsyncIterator[Toy]:
    """A toy that tells how it found its answers."""
    async with toy_on(api, libraries.database.app, options=usual_options(trace=True)) as toy:
        yield toy


def cursor_in(data: Any) -> str:
    """The first cursor in a response."""
    found: str = data["books"]["edges"][0]["cursor"]
    return found


def ids_of(libraries: Libraries) -> list[str]:
    """An id of each of three tables."""
    return [str(libraries.rows("large")[table][0]["id"]) for table in ("books", "shelves", "authors")]


async def answer(toy: Toy, libraries: Libraries, name: str) -> GraphQLResponse:
    """The response to a golden query, with the variables that it has."""
    query = golden.query(name)
    variables: dict[str, Any] = {}
    if "$ids" in query:
        variables["ids"] = ids_of(libraries)
    if "$after" in query:
        variables["after"] = cursor_in(await toy.ask(query, libraries.id("large")))
    return await toy.respond(query, libraries.id("large"), **variables)


@pytest.mark.parametrize("name", golden.queries())
async def test_a_query_is_answered_so(traced: Toy, libraries: Libraries, name: str) -> None:
    body = (await answer(traced, libraries, name)).body
    golden.compare(f"{name}.json", golden.shown_data(body["data"]))
    if PLAN:
        assert body["extensions"]["trace"]["fellBack"] == []
        golden.compare(f"{name}.plan.txt", golden.shown_plans(body["extensions"]["trace"]))
    else:
        golden.compare(f"{name}.sql", golden.shown_statements(traced.statements))


def test_every_golden_file_has_its_query_and_its_fellows() -> None:
    expected = {f"{name}{suffix}" for name in golden.queries() for suffix in golden.SUFFIXES}
    assert {path.name for path in golden.GOLDEN.iterdir()} == expected
