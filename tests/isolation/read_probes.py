"""Probes of reads: every list, every relation of every record, and every record by its id."""

import re
from collections.abc import Iterator

from graphql import GraphQLObjectType, is_leaf_type

from tests.isolation.crawl_target import Ground, Probe
from tests.isolation.introspected import named


def reading(ground: Ground) -> Iterator[Probe]:
    """Return all of them."""
    for kind in ground.api.listed:
        yield from _lists(ground, kind)
        yield from _relations(ground, kind)
        if ground.api.is_record(kind):
            yield from _by_id(ground, kind)
    yield from _others(ground)


def _lists(ground: Ground, kind: GraphQLObjectType) -> Iterator[Probe]:
    name = ground.api.lists[kind.name]
    connection = named(ground.api.query.fields[name])
    yield Probe(name, ground.list_of(kind, "first: 100", ground.selections.parts(connection, every=True)))
    page = "{ nodes { id } pageInfo { hasPreviousPage hasNextPage } }"
    yield Probe(f"the last of {name}", ground.list_of(kind, "last: 2", page))


def _relations(ground: Ground, kind: GraphQLObjectType) -> Iterator[Probe]:
    for name, field in kind.fields.items():
        if not is_leaf_type(named(field)):
            yield Probe(f"{kind.name}.{name}", ground.of_each(kind, " ".join(ground.selections.field(name, field))))


def _by_id(ground: Ground, kind: GraphQLObjectType) -> Iterator[Probe]:
    """Return probes by an id of both organizations, and by one of only the other."""
    name, ids = ground.api.by_id[kind.name], ground.theirs.values(kind, "id")
    any_record = ground.selections.plain(ground.api.node)
    listed = ", ".join(f'"{each}"' for each in ids)
    yield Probe(f"{name} by a shared id", f'{name}(id: "{ids[0]}") {ground.selections.whole(kind)}')
    yield Probe(f"{name} by their id", f'{name}(id: "{ids[-1]}") {ground.selections.plain(kind)}')
    yield Probe(f"{name} by a shared id as a node", f'node(id: "{ids[0]}") {any_record}')
    yield Probe(f"{name} by their id as a node", f'node(id: "{ids[-1]}") {any_record}')
    yield Probe(f"{name} by all their ids as nodes", f"nodes(ids: [{listed}]) {any_record}")
    represented = ", ".join(f'{{__typename: "{kind.name}", id: "{each}"}}' for each in ids)
    entity = ground.selections.plain(ground.api.entity)
    yield Probe(f"{name} by all their ids as entities", f"_entities(representations: [{represented}]) {entity}")


def _others(ground: Ground) -> Iterator[Probe]:
    """Return probes of the other root fields. One with a required argument needs its own probe."""
    probed = {*ground.api.lists.values(), *ground.api.by_id.values(), "node", "nodes", "_entities"}
    for name, field in ground.api.query.fields.items():
        if name not in probed:
            for index, text in enumerate(ground.selections.field(name, field, every=True)):
                yield Probe(f"{name} {index}", re.sub(rf"^{name}_\d+: ", "", text))
