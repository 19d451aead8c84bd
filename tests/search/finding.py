"""A search, as tests ask for it."""

from typing import Any

from tests.search.texts import Texts
from tests.support.workline import Workline

PAGE = """query ($words: String!, $types: [SearchType!], $first: Int, $after: String) {
  search(query: $words, types: $types, first: $first, after: $after) {
    totalCount
    edges { cursor rank highlight node { __typename ... on Node { id } } }
    nodes { __typename ... on Node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""
Found = tuple[str, str]
"""The type and the id of something."""


async def find(search: Workline, texts: Texts, words: str, **arguments: Any) -> Any:
    """A page of what somebody of this organization finds."""
    return (await search.ask(PAGE, texts.viewer(), words=words, **{"first": 100, **arguments}))["search"]


async def refused(search: Workline, texts: Texts, words: str = "bike", **arguments: Any) -> Any:
    """The extensions of the error instead."""
    return await search.refuse(PAGE, texts.viewer(), words=words, **arguments)


def identity(node: dict[str, str]) -> Found:
    return node["__typename"].upper(), node["id"]


def all_of(page: Any) -> list[Found]:
    """What is on a page, in its order, which nodes and edges agree on."""
    found = [identity(node) for node in page["nodes"]]
    assert found == [identity(edge["node"]) for edge in page["edges"]]
    return found


async def walk(search: Workline, texts: Texts, words: str, size: int, **arguments: Any) -> list[Found]:
    """Everything that is found, page after page."""
    page = await find(search, texts, words, first=size, **arguments)
    found = all_of(page)
    assert not page["pageInfo"]["hasPreviousPage"]
    while page["pageInfo"]["hasNextPage"]:
        page = await find(search, texts, words, first=size, after=page["pageInfo"]["endCursor"], **arguments)
        assert page["pageInfo"]["hasPreviousPage"]
        assert page["totalCount"] > len(found)
        found += all_of(page)
    return found
