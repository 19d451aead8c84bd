"""Hand-written resolvers as steps of a plan: the same response as graphql-core, and few statements."""

from collections.abc import Callable
from typing import Any

import pytest
from strawberry.types.fields.resolver import StrawberryResolver

from graphql_app.plan.fields import columns_read
from tests.engine.datasets import library
from tests.engine.toy_api import viewer_of
from tests.plan.differential import Both

OWNER = viewer_of(library("large").organization)
BOOKS = "{ books(first: 8) { nodes { title %s } } }"
PLANNED = {
    "a plain function": ("isLong", 1),
    "a coroutine": ("rated(stars: 2)", 1),
    "a record": ("whole { title shelf { label } }", 3),
    "records of several types": ("related { id ... on Shelf { label } ... on Author { name } }", 5),
    "an object": ("reading { pages chapters shelf { label } }", 2),
    "a nested list": ("whole { volumes(first: 2) { nodes { isLong heading } } }", 4),
    "below a row without a join": ("parent { isLong heading }", 2),
}
FAILING = {
    "in a non-null field": "checked",
    "in a nullable field": "rated",
    "in its arguments": "rated(stars: 9)",
    "below an object": "reading { verdict pages }",
    "below a separate record": "whole { title checked }",
    "below a list of records": "related { ... on Shelf { books(first: 3) { nodes { checked } } } }",
    "below an invalid list": 'whole { tags(after: "nonsense") { totalCount } }',
}


@pytest.mark.parametrize("what", PLANNED)
async def test_an_operation_with_a_resolver_is_planned(both_toys: Both, what: str) -> None:
    selection, statements = PLANNED[what]
    planned, _ = await both_toys.fetch(BOOKS % selection, OWNER)
    assert (planned.errors, planned.fell_back) == ([], None)
    assert len(planned.statements) == statements, planned.statements


@pytest.mark.parametrize("where", FAILING)
async def test_an_error_of_a_resolver_has_the_path_of_graphql_core(both_toys: Both, where: str) -> None:
    for query in (BOOKS % FAILING[where], f"{{ nodes: books {{ nodes {{ parent {{ {FAILING[where]} }} }} }} }}"):
        planned, _ = await both_toys.fetch(query, OWNER)
        assert planned.fell_back is None


async def test_an_error_below_a_nullable_record_keeps_the_others(both_toys: Both) -> None:
    query = "{ books(first: 8) { nodes { title whole { checked } parent { checked } } } }"
    planned, _ = await both_toys.fetch(query, OWNER)
    assert len(planned.body["data"]["books"]["nodes"]) == 8


async def test_a_resolver_runs_once_for_a_shared_record(both_toys: Both) -> None:
    counted = "related(author: false) { ... on Shelf { books(first: 1) { totalCount } } }"
    planned, _ = await both_toys.fetch(f"{{ books(first: 8) {{ nodes {{ {counted} }} }} }}", OWNER)
    assert len(planned.statements) == 4


async def test_a_resolver_that_uses_only_columns_reads_only_these(both_toys: Both) -> None:
    planned, _ = await both_toys.fetch("{ books(first: 8) { nodes { isLong } } }", OWNER)
    (statement,) = planned.statements
    assert statement.startswith("SELECT books_1.pages AS output_0 \nFROM books AS books_1")


def _of_two(self: Any, most: int = 1) -> str:
    return f"{self.title[:most]} {[self.pages for _ in range(most)]} {max(most, self.pages)}"


async def _of_one(self: Any) -> str:
    return f"self {self.title.lower()}"


def _of_none(self: Any) -> int:
    return 1


def _given_away(self: Any) -> str:
    return str(self)


def _renamed(self: Any) -> str:
    row = self
    return str(row.title)


def _captured(self: Any) -> list[str]:
    return sorted(["a"], key=lambda each: each + self.title)


def _by_name(self: Any) -> Any:
    return self.title, vars()


def _changed(self: Any) -> str:
    self.title = "another"
    return str(self.title)


def _related(self: Any) -> Any:
    return self.title, self.shelf


COLUMNS_READ = {
    _of_two: ("title", "pages"),
    _of_one: ("title",),
    _of_none: (),
    _given_away: None,
    _renamed: None,
    _captured: None,
    _by_name: None,
    _changed: None,
    _related: None,
}


@pytest.mark.parametrize("function", COLUMNS_READ, ids=lambda function: function.__name__)
def test_columns_are_known_only_if_the_row_has_no_other_use(function: Callable[..., Any]) -> None:
    assert columns_read(StrawberryResolver(function), ("title", "pages")) == COLUMNS_READ[function]
