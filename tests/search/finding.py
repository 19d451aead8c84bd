"""Search queries."""

from typing import Any

from tests.search.texts import Texts
from tests.support.api import Workline

PAGE = """query ($words: String!, $types: [SearchType!], $first: Int, $after: String) {
  search(query: $words, types: $types, first: $first, after: $after) {
    totalCount
    edges { cursor rank highlight node { __typename ... on Node { id } } }
    nodes { __typename ... on Node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""
Found = tuple[str, str]
"""Type and id of a record."""


async def find(search: Workline, texts: Texts, words: str, **arguments: Any) -> Any:
    """Return a page of the results for a viewer of this organization."""
    return (await search.fetch(PAGE, texts.viewer(), words=words, **{"first": 100, **arguments}))["search"]


async def refused(search: Workline, texts: Texts, words: str = "bike", **arguments: Any) -> Any:
    """Return the extensions of the error of a refused search."""
    return await search.refuse(PAGE, texts.viewer(), words=words, **arguments)


def identity(node: dict[str, str]) -> Found:
    return node["__typename"].upper(), node["id"]


def all_of(page: Any) -> list[Found]:
    """Return the results on a page in order, and assert that nodes and edges agree."""
    found = [identity(node) for node in page["nodes"]]
    assert found == [identity(edge["node"]) for edge in page["edges"]]
    return found


async def walk(search: Workline, texts: Texts, words: str, size: int, **arguments: Any) -> list[Found]:
    """Return all results, page by page."""
    page = await find(search, texts, words, first=size, **arguments)
    found = all_of(page)
    assert not page["pageInfo"]["hasPreviousPage"]
    while page["pageInfo"]["hasNextPage"]:
        page = await find(search, texts, words, first=size, after=page["pageInfo"]["endCursor"], **arguments)
        assert page["pageInfo"]["hasPreviousPage"]
        assert page["totalCount"] > len(found)
        found += all_of(page)
    return found
