"""GraphQL types of search results."""

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation

from graphql_app.views.connections import PageInfo, Part, Whole
from graphql_app.views.described import enum, field
from graphql_app.views.fields import EngineField, RecordKey, union_of
from graphql_app.views.registry import view_of
from schema.search.models import SEARCHED, Searched, SearchType
from schema.search.results import Hit, Results, record_of

enum(SearchType)


def _maker(searched: Searched) -> Callable[[], Any]:
    return lambda: view_of(searched.model)


RESULT = union_of("SearchResult", map(_maker, SEARCHED.values()), "Whatever a search can find.")


class Found(EngineField):
    """Field ``node``: the record that was found."""

    def __init__(self) -> None:
        super().__init__("node", type_annotation=StrawberryAnnotation(RESULT), description="What was found.")

    def resolve(self, source: Hit, info: Any, arguments: dict[str, Any]) -> Any:
        return record_of(info.context.loaders, source)

    def refer(self, source: Hit, info: Any) -> RecordKey:
        return source.key


class FoundRecords(EngineField):
    """The records that were found."""

    def __init__(self) -> None:
        annotation = StrawberryAnnotation(list[RESULT])  # type: ignore[valid-type]
        super().__init__("nodes", type_annotation=annotation, description="What is on the page.")

    def resolve(self, source: Results, info: Any, arguments: dict[str, Any]) -> Any:
        return source.nodes()

    async def refer(self, source: Results, info: Any) -> list[RecordKey]:
        return [hit.key for hit in await source.edges()]


@strawberry.type(description="Something that was found, and its place among all that was.")
class SearchEdge:
    cursor: str = field("Its place: give it to `after` of the same search.")
    rank: float = field("How well it matches, to be compared within one search: the more, the better.")
    highlight: str = field(
        "Where it matches, as HTML: parts of its texts, escaped, with what was looked for in `<mark>`. "
        "It is safe to put into a page."
    )
    node = Found()


@strawberry.type(description="A page of what was found, the best first and of equals the newest.")
class SearchConnection:
    edges = Part("edges", list[SearchEdge], "What is on the page, with its place and where it matches.")
    nodes = FoundRecords()
    page_info = Whole("page_info", type_annotation=StrawberryAnnotation(PageInfo), description="Where the page lies.")
    total_count = Part("total_count", int, "How many records match in all.")
