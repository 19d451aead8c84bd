"""Random orders and filters of books: as GraphQL inputs, and as SQL about ``b`` and joined tables."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

JOINS = """
    LEFT JOIN shelves s ON s.id = b.shelf_id
    LEFT JOIN authors a ON a.id = b.author_id
    LEFT JOIN books p ON p.id = b.parent_id
    LEFT JOIN authors pa ON pa.id = p.author_id
    LEFT JOIN covers c ON c.book_id = b.id"""
COLUMNS = {
    "title": "b.title",
    "summary": "b.summary",
    "pages": "b.pages",
    "placeInRow": "b.place_in_row",
    "price": "b.price",
    "cost": "b.cost",
    "genre": "b.genre",
    "lent": "b.lent",
    "publishedAt": "b.published_at",
    "shelf.label": "s.label",
    "shelf.height": "s.height",
    "author.name": "a.name",
    "author.born": "a.born",
    "parent.pages": "p.pages",
    "parent.author.born": "pa.born",
    "cover.color": "c.color",
}
COUNTS = {
    "tags": "(SELECT count(*) FROM book_tags x WHERE x.book_id = b.id)",
    "volumes": "(SELECT count(*) FROM books x WHERE x.parent_id = b.id)",
    "author.books": "(SELECT count(*) FROM books x WHERE x.author_id = a.id)",
}
FILTERS: list[tuple[dict[str, Any] | None, str]] = [
    (None, "true"),
    ({}, "true"),
    ({"pages": {"gte": 10}}, "b.pages >= 10"),
    ({"not": {"pages": {"eq": 10}}}, "b.pages IS DISTINCT FROM 10"),
    ({"author": {"name": {"containsIgnoreCase": "ANN"}}}, "a.name ILIKE '%ann%'"),
    ({"tags": {"some": {"word": {"eq": "word 01"}}}}, "EXISTS (SELECT FROM book_tags JOIN tags ON tags.id = tag_id "
     "WHERE book_id = b.id AND word = 'word 01')"),
    ({"title": {"eq": "nothing has this title"}}, "false"),
]  # fmt: skip


@dataclass(frozen=True)
class Order:
    """An ``orderBy`` argument and the equivalent ORDER BY."""

    argument: list[dict[str, Any]] | None
    sql: str


@dataclass(frozen=True)
class Key:
    argument: dict[str, Any]
    sql: str


def nested(path: str, leaf: Any) -> dict[str, Any]:
    """Return ``{"author": {"born": leaf}}`` for ``author.born``."""
    for name in reversed(path.split(".")):
        leaf = {name: leaf}
    return dict(leaf)


@st.composite
def column_keys(draw: st.DrawFn) -> Key:
    path, direction = draw(st.sampled_from(sorted(COLUMNS))), draw(st.sampled_from([None, "ASC", "DESC"]))
    nulls = draw(st.sampled_from([None, "FIRST", "LAST"]))
    given = {"direction": direction, "nulls": nulls}
    suffix = {name: value for name, value in given.items() if value is not None}
    return Key(nested(path, suffix), f"{COLUMNS[path]} {direction or 'ASC'}{f' NULLS {nulls}' if nulls else ''}")


@st.composite
def count_keys(draw: st.DrawFn) -> Key:
    path, direction = draw(st.sampled_from(sorted(COUNTS))), draw(st.sampled_from(["ASC", "DESC"]))
    return Key(nested(path, {"count": direction}), f"{COUNTS[path]} {direction}")


@st.composite
def orders(draw: st.DrawFn) -> Order:
    """Return no key, or up to three; the id completes the order in the direction of the last one."""
    keys = draw(st.lists(st.one_of(column_keys(), column_keys(), count_keys()), max_size=3))
    last = "DESC" if keys and " DESC" in keys[-1].sql else "ASC"
    argument = [key.argument for key in keys] or draw(st.sampled_from([None, []]))
    return Order(argument, ", ".join([*(key.sql for key in keys), f"b.id {last}"]))


filters = st.sampled_from(FILTERS)
