"""Probes of filters: every field of every filter, by values of the other organization's records."""

from collections.abc import Iterator
from itertools import batched

from graphql import GraphQLInputObjectType, GraphQLObjectType

from tests.isolation.crawl_target import Ground, Probe
from tests.isolation.introspected import input_type, leaves, listed_type


def filtering(ground: Ground) -> Iterator[Probe]:
    """Return probes of each whole list, and of each to-many relation."""
    for kind in ground.api.listed:
        for condition in _conditions(ground, kind):
            text = ground.list_of(kind, f"filter: {condition}", "{ totalCount }")
            yield Probe(f"{kind.name} where {condition}", text)
        for name, field in kind.fields.items():
            far = listed_type(field)
            if far is not None:
                condition = ground.is_theirs(far)
                selected = f"{name}(filter: {condition}, first: 100) {{ totalCount nodes {{ id }} }}"
                yield Probe(f"{kind.name}.{name} where {condition}", ground.of_each(kind, selected))


def _conditions(ground: Ground, kind: GraphQLObjectType) -> Iterator[str]:
    """Yield a condition for each relation, and a few for all columns, which can only reveal whole rows."""
    comparisons: list[str] = []
    for name, field in ground.api.argument(kind, "filter").fields.items():
        inner = input_type(field.type)
        if name in ("and", "or", "not"):
            yield f"{{{name}: {ground.is_mine(kind) if name == 'not' else f'[{ground.is_theirs(kind)}]'}}}"
        elif "eq" in inner.fields:
            values = _values(ground, kind, name, inner)
            comparisons += (f"{{{name}: {_comparison(each, inner, values)}}}" for each in inner.fields)
        elif "some" in inner.fields:
            yield from (f"{{{name}: {each}}}" for each in _quantified(ground, inner))
        else:
            yield from (f"{{{name}: {each}}}" for each in ("{}", ground.is_theirs(ground.about(inner, "Filter"))))
    for some in batched(comparisons, TOGETHER):
        yield f"{{or: [{', '.join(some)}]}}"


TOGETHER = 100
"""Number of comparisons in one condition."""


def _values(ground: Ground, kind: GraphQLObjectType, name: str, comparators: GraphQLInputObjectType) -> list[str]:
    """Return the other organization's values of a field, or the ids to which its records may refer."""
    of = comparators.fields["eq"].type
    if name in leaves(kind):
        return ground.theirs.literals(kind, name, of)
    relation = ground.api.argument(kind, "filter").fields[name.removesuffix("Id")]
    return ground.theirs.literals(ground.about(input_type(relation.type), "Filter"), "id", of)


def _comparison(operator: str, comparators: GraphQLInputObjectType, values: list[str]) -> str:
    if operator == "isNull":
        return "{isNull: false}"
    several = ", ".join(values)
    return f"{{{operator}: {f'[{several}]' if str(comparators.fields[operator].type).startswith('[') else values[0]}}}"


def _quantified(ground: Ground, quantifiers: GraphQLInputObjectType) -> Iterator[str]:
    """Yield conditions whose result differs if the other organization's records are included."""
    far = ground.about(input_type(quantifiers.fields["some"].type), "Filter")
    yield "{some: {}}"
    for quantifier in quantifiers.fields:
        yield f"{{{quantifier}: {ground.is_mine(far) if quantifier == 'every' else ground.is_theirs(far)}}}"
