"""GraphQL types of search results."""

from collections.abc import Callable
from typing import Any

import strawberry

from graphql_app.types.connections import page_info
from graphql_app.types.declarations import enum, field
from graphql_app.types.fields import ObjectField
from graphql_app.types.records import RecordField
from graphql_app.types.registry import type_of_model
from graphql_app.types.relations import union_of
from schema.search.models import SEARCHED, Searched, SearchType

enum(SearchType)


def _maker(searched: Searched) -> Callable[[], Any]:
    return lambda: type_of_model(searched.model)


RESULT = union_of("SearchResult", map(_maker, SEARCHED.values()), "Record that a search can return.")


@strawberry.type(description="Edge of a connection of search results.")
class SearchEdge:
    cursor: str = field("Cursor of the result, for `after` of the same search.")
    rank: float = field("Relevance of the result; higher is better. Comparable only within one search.")
    highlight: str = field(
        "HTML excerpt of the matching text, with the matches in `<mark>`. The text is escaped, so the excerpt "
        "can be embedded in a page."
    )
    node = RecordField(RESULT, "Record that matches the search.", lambda hit, _: hit.key)


@strawberry.type(description="Page of search results; best matches first, equal ones by creation, newest first.")
class SearchConnection:
    edges = ObjectField("edges", list[SearchEdge], "Results of the page with their cursors and excerpts.")
    nodes = RecordField(list[RESULT], "Records of the page.", lambda results, _: results.nodes())  # type: ignore[valid-type]
    page_info = page_info("Position of the page in the results.")
    total_count = ObjectField("total_count", int, "Total number of matching records.")
