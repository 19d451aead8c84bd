"""Root field ``search``."""

from typing import Any

import strawberry

from graphql_app.limits import Limits
from graphql_app.models.base import Base
from graphql_app.strawberry_adapter import raw_info
from graphql_app.types.aggregates import is_selected
from graphql_app.types.costs import PAGE
from graphql_app.types.declarations import argument
from graphql_app.types.fields import EngineField
from graphql_app.types.filter_inputs import located
from graphql_app.types.lists import read_size
from schema.search.cursors import decode
from schema.search.models import SearchType
from schema.search.query_parser import LEAST_BEGINNING, MOST_CHARACTERS, read_words
from schema.search.results import Results
from schema.search.statements import Asked, Place
from schema.search.types import SearchConnection

NODES: tuple[type[Base], ...] = ()
"""Empty, because the search returns records of other folders."""
WORDS = (
    "Words to search for, without regard to case and accents. All must occur. The last word, and any word that ends "
    f'in `*`, matches as a prefix if it has {LEAST_BEGINNING} letters or more. Words in `"quotes"` must be adjacent, '
    f"and words after a `-` must not occur. At most {MOST_CHARACTERS} characters. "
    "A query without words returns nothing."
)


class Search(EngineField):
    """Root field ``search(query:)``."""

    sizing = PAGE
    weight = 60

    def __init__(self) -> None:
        description = (
            "Full-text search over tasks, posts, comments and workers; best matches first. Titles and names rank high."
        )
        super().__init__(
            SearchConnection,
            description,
            argument("query", str, WORDS),
            argument("types", list[SearchType] | None, "Types of records to search. Default: all types."),
            argument("first", int | None, "Number of results, from the best match or after `after`."),
            argument("after", str | None, "Returns the results after this cursor of the same search."),
        )

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Results:
        asked = _asked(arguments)
        size, place = _size(arguments, info.context.reading.limits), _place(arguments, asked)
        return Results(
            info.context.loaders, asked, size, place, highlighted=is_selected(raw_info(info), "edges", "highlight")
        )


def _asked(arguments: dict[str, Any]) -> Asked:
    with located("query"):
        words = read_words(arguments["query"])
    types = arguments.get("types")
    return Asked(words, tuple(sorted(set(types if isinstance(types, list) else SearchType))))


def _size(arguments: dict[str, Any], limits: Limits) -> int:
    size = read_size(arguments, "first", limits)
    return limits.page_default if size is None else size


def _place(arguments: dict[str, Any], asked: Asked) -> Place | None:
    after = arguments.get("after")
    with located("after"):
        return decode(after, asked) if isinstance(after, str) else None


@strawberry.type
class Query:
    search = Search()
