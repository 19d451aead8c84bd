"""Probes of orders: every field of every order, and pages after cursors of the other organization's lists."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import batched, islice

from graphql import GraphQLInputObjectType, GraphQLObjectType

from graphql_app.viewer import Viewer
from tests.isolation.crawl_target import Ground, Probe
from tests.isolation.introspected import input_type, listed_type
from tests.support.api import Workline


def ordering(ground: Ground) -> Iterator[Probe]:
    """Return probes of each whole list in every order, and of each to-many relation in one."""
    for kind in ground.api.listed:
        orders = list(_orders(ground, kind))
        for order in orders:
            text = ground.list_of(kind, f"orderBy: [{order}], first: 100", "{ nodes { id } }")
            yield Probe(f"{kind.name} by {order}", text)
        for name, field in kind.fields.items():
            far = listed_type(field)
            if far is not None:
                *_, order = _orders(ground, far)
                selected = f"{name}(orderBy: [{order}], first: 100) {{ nodes {{ id }} }}"
                yield Probe(f"{kind.name}.{name} by {order}", ground.of_each(kind, selected))


def _orders(ground: Ground, kind: GraphQLObjectType) -> Iterator[str]:
    """Yield orders by all columns in groups, and by each relation: a value of the record or the number of records."""
    fields = {name: input_type(field.type) for name, field in ground.api.argument(kind, "orderBy").fields.items()}
    columns = [f"{{{name}: {{direction: DESC, nulls: FIRST}}}}" for name, inner in fields.items() if _is_column(inner)]
    yield from (", ".join(some) for some in batched(columns, MOST_KEYS))
    for name, inner in fields.items():
        if _counts(inner):
            yield f"{{{name}: {{count: DESC}}}}"
        elif not _is_column(inner):
            yield from (f"{{{name}: {each}}}" for each in _far(ground, inner))


def _far(ground: Ground, kind: GraphQLInputObjectType) -> Iterator[str]:
    yield f"{{{ground.telling(ground.about(kind, 'OrderBy'))}: {{direction: ASC, nulls: LAST}}}}"
    counting = (name for name, field in kind.fields.items() if _counts(input_type(field.type)))
    yield from (f"{{{name}: {{count: ASC}}}}" for name in islice(counting, 1))


def _is_column(kind: GraphQLInputObjectType) -> bool:
    return "nulls" in kind.fields


def _counts(kind: GraphQLInputObjectType) -> bool:
    return "count" in kind.fields


MOST_KEYS = 8
"""Largest number of keys in an order."""


@dataclass(frozen=True, slots=True)
class Cursors:
    """Cursors of a list in one order; ``arguments`` are the list's arguments."""

    kind: GraphQLObjectType
    arguments: str
    texts: list[str]


async def their_cursors(workline: Workline, ground: Ground, them: Viewer) -> list[Cursors]:
    """Query the cursors of all their lists, in the order of ids and in another one."""
    asked = [(kind, arguments) for kind in ground.api.listed for arguments in _paged(ground, kind)]
    lists = (ground.list_of(kind, arguments, "{ edges { cursor } }") for kind, arguments in asked)
    document = ground.selections.document(f"p{index}: {text}" for index, text in enumerate(lists))
    answer = await workline.fetch(document, them)
    return [
        Cursors(kind, arguments, [edge["cursor"] for edge in answer[f"p{index}"]["edges"]])
        for index, (kind, arguments) in enumerate(asked)
    ]


def _paged(ground: Ground, kind: GraphQLObjectType) -> tuple[str, str]:
    return "first: 100", f"orderBy: [{{{ground.telling(kind)}: {{direction: DESC}}}}], first: 100"


PARTS = "{ totalCount edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"


def after_foreign_cursors(ground: Ground, cursors: Iterable[Cursors]) -> Iterator[Probe]:
    """Return probes of the viewer's lists and relations after cursors of the other organization's lists."""
    of_ids: dict[str, list[str]] = {}
    for each in cursors:
        of_ids.setdefault(each.kind.name, each.texts)
        for argument in ("after", "before"):
            arguments = f'{each.arguments}, {argument}: "{each.texts[len(each.texts) // 2]}"'
            name = f"{each.kind.name} {argument} one of theirs, {each.arguments}"
            yield Probe(name, ground.list_of(each.kind, arguments, PARTS))
    for kind in ground.api.listed:
        for name, field in kind.fields.items():
            far = listed_type(field)
            if far is not None:
                first, *_, last = of_ids[far.name]
                selected = f'{name}(last: 100, after: "{first}", before: "{last}") {PARTS}'
                yield Probe(f"{kind.name}.{name} between two of theirs", ground.of_each(kind, selected))
