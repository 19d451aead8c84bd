"""Inputs with exactly one field: other values are refused before the execution."""

import pytest

from tests.engine.datasets import Libraries
from tests.engine.toy_api import Toy

pytestmark = pytest.mark.both_modes

BOOKS = "query ($by: [BookOrderBy!]) { books(orderBy: $by) { totalCount } }"
WRONG_LITERALS = ["{title: {}, pages: {}}", "{}", "{title: null}"]


@pytest.mark.parametrize("wrong", WRONG_LITERALS)
async def test_a_literal_with_other_than_one_field_is_invalid(toy: Toy, libraries: Libraries, wrong: str) -> None:
    response = await toy.respond(f"{{ books(orderBy: [{wrong}]) {{ totalCount }} }}", libraries.id("large"))
    assert (response.codes, response.executed) == (["GRAPHQL_VALIDATION_FAILED"], False)


@pytest.mark.parametrize("wrong", [{"title": {}, "pages": {}}, {}, {"title": None}])
async def test_a_variable_with_other_than_one_field_is_refused(
    toy: Toy, libraries: Libraries, wrong: dict[str, object]
) -> None:
    response = await toy.respond(BOOKS, libraries.id("large"), by=[wrong])
    assert (response.codes, response.executed) == (["BAD_USER_INPUT"], False)
    assert toy.statements == []
