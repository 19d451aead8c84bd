"""Probes of lists inside root fields that are neither records nor lists, such as a dashboard."""

from collections.abc import Iterator

from graphql import GraphQLField, GraphQLObjectType

from tests.isolation.crawl_target import Ground, Probe
from tests.isolation.introspected import listed_type, named, required
from tests.isolation.order_probes import PARTS

OTHERS = {"days": "36500"}
"""Arguments of some lists: some of the rows are due in many years."""


def inside(ground: Ground) -> Iterator[Probe]:
    """Return each of the lists in an order, under a filter that matches their records, and from the end."""
    for name, field in ground.api.query.fields.items():
        kind = named(field)
        if isinstance(kind, GraphQLObjectType) and not required(field) and listed_type(field) is None:
            for listed, inner in kind.fields.items():
                yield from _of_list(ground, name, listed, inner)


def _of_list(ground: Ground, outer: str, name: str, field: GraphQLField) -> Iterator[Probe]:
    far = listed_type(field)
    if far is None:
        return
    more = "".join(f", {key}: {value}" for key, value in OTHERS.items() if key in field.args)
    order = f"{{{ground.telling(far)}: {{direction: DESC}}}}"
    for arguments in (
        f"filter: {ground.is_theirs(far)}, first: 100",
        f"orderBy: [{order}], first: 100, after: null",
        "last: 1, before: null",
    ):
        text = f"{outer} {{ {name}({arguments}{more}) {PARTS} }}"
        yield Probe(f"{outer}.{name} with {arguments}", text)
