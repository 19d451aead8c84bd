"""The SQL that queries are answered with, statement by statement, as it is in the golden files."""

from typing import Any

import pytest

from tests.engine import golden
from tests.engine.asking import Toy
from tests.engine.libraries import Libraries


def cursor_in(data: Any) -> str:
    """The first cursor in a response."""
    found: str = data["books"]["edges"][0]["cursor"]
    return found


def ids_of(libraries: Libraries) -> list[str]:
    """An id of each of three tables."""
    return [str(libraries.rows("large")[table][0]["id"]) for table in ("books", "shelves", "authors")]


@pytest.mark.parametrize("name", golden.queries())
async def test_a_query_is_answered_with_these_statements(toy: Toy, libraries: Libraries, name: str) -> None:
    query = golden.query(name)
    variables: dict[str, Any] = {}
    if "$ids" in query:
        variables["ids"] = ids_of(libraries)
    if "$after" in query:
        variables["after"] = cursor_in(await toy.ask(query, libraries.id("large")))
    await toy.ask(query, libraries.id("large"), **variables)
    golden.compare(name, toy.statements)


def test_every_golden_file_has_its_query() -> None:
    assert {path.name.partition(".")[0] for path in golden.GOLDEN.glob("*.sql")} <= set(golden.queries())
