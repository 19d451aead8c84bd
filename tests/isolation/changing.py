"""Mutations that are given ids: each field of each input that takes one, by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_lowercase

from graphql import GraphQLInputField, GraphQLNamedType, GraphQLObjectType, get_named_type, is_required_input_field

from tests.isolation.introspected import Introspected, input_type, named

SAMPLES = {
    "String": '"Something"',
    "Int": "3",
    "DateTime": '"2030-01-01T00:00:00Z"',
    "Decimal": '"3.00"',
    "Boolean": "true",
}


@dataclass(frozen=True, slots=True)
class Change:
    """A mutation, and the field of its input that is given an id; what else it needs is made up."""

    mutation: str
    field: str
    of: str
    """The type of the records that the id is one of."""
    others: dict[str, str]
    payload: GraphQLObjectType

    def text(self, id: str, selected: str) -> str:
        """The root field, with this id."""
        given = {**self.others, self.field: f'"{id}"'}
        return (
            f"{self.mutation}(input: {{{', '.join(f'{name}: {value}' for name, value in given.items())}}}) {selected}"
        )


def changes(api: Introspected) -> Iterator[Change]:
    """Every mutation with every field that takes an id."""
    for name, mutation in api.mutation.fields.items():
        fields = input_type(mutation.args["input"].type).fields
        payload = named(mutation)
        assert isinstance(payload, GraphQLObjectType)
        for field, kind in fields.items():
            if get_named_type(kind.type).name == "ID":
                others = {each: _sample(kind) for each, kind in fields.items() if is_required_input_field(kind)}
                yield Change(name, field, _of(api, field, name, payload), others, payload)


def _sample(field: GraphQLInputField) -> str:
    return SAMPLES.get(get_named_type(field.type).name, "null")


def _of(api: Introspected, field: str, mutation: str, payload: GraphQLObjectType) -> str:
    """The type that an id is of: ``id`` is the changed record's own, ``categoryId`` that of its ``category``.

    The record that ``deleteTask`` deletes is not shown any more: it is of the type that the mutation is named after.
    """
    changed = next((kind for kind in map(named, payload.fields.values()) if api.is_record(kind)), None)
    if changed is None:
        return mutation.lstrip(ascii_lowercase)
    return (changed if field == "id" else _far(changed, field.removesuffix("Id"))).name


def _far(kind: GraphQLNamedType, relation: str) -> GraphQLNamedType:
    assert isinstance(kind, GraphQLObjectType)
    return named(kind.fields[relation])
