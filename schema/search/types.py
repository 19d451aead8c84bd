"""GraphQL types of search results."""

from collections.abc import Callable
from typing import Any

import strawberry

from graphql_app.views.connections import page_info
from graphql_app.views.described import enum, field
from graphql_app.views.fields import Part, union_of
from graphql_app.views.records import RecordField
from graphql_app.views.registry import view_of
from schema.search.models import SEARCHED, Searched, SearchType

enum(SearchType)


def _maker(searched: Searched) -> Callable[[], Any]:
    return lambda: view_of(searched.model)


RESULT = union_of("SearchResult", map(_maker, SEARCHED.values()), "Whatever a search can find.")


@strawberry.type(description="Something that was found, and its place among all that was.")
class SearchEdge:
    cursor: str = field("Its place: give it to `after` of the same search.")
    rank: float = field("How well it matches, to be compared within one search: the more, the better.")
    highlight: str = field(
        "Where it matches, as HTML: parts of its texts, escaped, with what was looked for in `<mark>`. "
        "It is safe to put into a page."
    )
    node = RecordField(RESULT, "What was found.", lambda hit, _: hit.key)


@strawberry.type(description="A page of what was found, the best first and of equals the newest.")
class SearchConnection:
    edges = Part("edges", list[SearchEdge], "What is on the page, with its place and where it matches.")
    nodes = RecordField(list[RESULT], "What is on the page.", lambda results, _: results.nodes())  # type: ignore[valid-type]
    page_info = page_info("Where the page lies.")
    total_count = Part("total_count", int, "How many records match in all.")
