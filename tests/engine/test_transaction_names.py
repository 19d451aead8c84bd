"""Names of operations and traces in PostgreSQL: in the message of BEGIN, until the end of the transaction."""

from typing import Any

import pytest

from graphql_app.database.pool import PoolOptions
from graphql_app.database.transaction_sql import application_name
from graphql_app.types.schema import Api
from tests.engine.datasets import Libraries, library
from tests.engine.toy_api import toy_on, wide

LARGE = library("large").organization
BOOKS = "query ListOfBooks { books(first: 1) { nodes { title } } }"
NAMES = "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'toys%'"


@pytest.mark.parametrize(
    ("base", "operation", "trace", "text"),
    [
        ("workline", "Tasks", "", "workline:Tasks"),
        ("workline", "", "0af7", "workline:0af7"),
        ("workline", "Tasks", "0af7", "workline:Tasks:0af7"),
        ("it's", "T" * 80, "0" * 32, f"it''s:{'T' * 25}:{'0' * 32}"),
        ("w" * 63, "Tasks", "", "w" * 63),
    ],
)
def test_a_name_consists_of_the_application_the_operation_and_the_trace(
    base: str, operation: str, trace: str, text: str
) -> None:
    assert application_name(base, operation, trace) == f"; SET LOCAL application_name = '{text}'"


async def test_an_operation_is_named_in_pg_stat_activity_until_its_transaction_ends(
    api: Api, libraries: Libraries
) -> None:
    address, options = libraries.database.app, wide(plan=True, names_transactions="all")
    async with toy_on(api, address, PoolOptions(size=1, rest=60), options, application_name="toys") as toy:

        async def names(*_: Any) -> list[str]:
            return [row["application_name"] for row in await libraries.query(NAMES)]

        await toy.fetch(BOOKS, LARGE)
        assert await names() == ["toys:ListOfBooks"]  # the connection keeps its snapshot for a moment
        async with toy.connections.driver():
            assert await names() == ["toys"]
        await toy.fetch("{ books(first: 1) { nodes { title } } }", LARGE)
        assert await names() == ["toys"]
        assert not any("application_name" in each for each in toy.statements)


async def test_operations_are_not_named_unless_an_option_says_so(api: Api, libraries: Libraries) -> None:
    async with toy_on(api, libraries.database.app, PoolOptions(size=1), application_name="toys") as toy:
        await toy.fetch(BOOKS, LARGE)
        names = [row["application_name"] for row in await libraries.query(NAMES)]
    assert names == ["toys"]
