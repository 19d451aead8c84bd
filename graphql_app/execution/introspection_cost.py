"""Numbers of types, fields, arguments and values of a schema, by which the cost of an introspection is counted."""

from collections.abc import Iterable, Sequence, Sized
from dataclasses import dataclass

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    get_introspection_query,
    is_abstract_type,
    is_wrapping_type,
)

STANDARD = get_introspection_query(input_value_deprecation=True)
"""The introspection query of tools, with every option that adds objects."""
STANDARD_TIMES = 3
"""An operation can introspect as many objects as this many of :data:`STANDARD`."""


@dataclass(frozen=True, slots=True)
class IntrospectionPlace:
    """A place in an introspection at which objects are selected."""

    is_every: bool = False
    """True if they are all objects of their kind in the schema, so that lists of them have average lengths."""
    wrappers: int = 0
    """How many more `ofType` can lead from them to a type."""


ELSEWHERE = IntrospectionPlace()
"""The place of objects that are not all of their kind."""


@dataclass(frozen=True, slots=True)
class Length:
    """The number of items of a list, on average and at most."""

    average: int
    """Rounded up."""
    most: int


class IntrospectionSizes:
    """The lengths of lists in an introspection of ``schema``."""

    def __init__(self, schema: GraphQLSchema) -> None:
        types = list(schema.type_map.values())
        fields = [field for each in types for field in _fields(each)]
        inputs = [each for each in types if isinstance(each, GraphQLInputObjectType)]
        enums = [each for each in types if isinstance(each, GraphQLEnumType)]
        objects = [each for each in types if isinstance(each, GraphQLObjectType | GraphQLInterfaceType)]
        possible = [schema.get_possible_types(each) for each in types if is_abstract_type(each)]
        self._lengths = {
            ("__Schema", "types"): _length([types], 1),
            ("__Schema", "directives"): _length([schema.directives], 1),
            ("__Directive", "args"): _length([each.args for each in schema.directives], len(schema.directives)),
            ("__Field", "args"): _length([each.args for each in fields], len(fields)),
            ("__Type", "fields"): _length([each.fields for each in objects], len(types)),
            ("__Type", "inputFields"): _length([each.fields for each in inputs], len(types)),
            ("__Type", "enumValues"): _length([each.values for each in enums], len(types)),
            ("__Type", "interfaces"): _length([each.interfaces for each in objects], len(types)),
            ("__Type", "possibleTypes"): _length(possible, len(types)),
        }
        typed: list[GraphQLType] = [each.type for each in fields]
        typed += [argument.type for each in fields for argument in each.args.values()]
        typed += [field.type for each in inputs for field in each.fields.values()]
        self._wrappers = max(_wrappers(each) for each in typed)

    def items(self, kind: GraphQLNamedType, field: str, place: IntrospectionPlace) -> tuple[int, IntrospectionPlace]:
        """Return how many objects a field yields for each object of type ``kind`` at ``place``, and their place."""
        length = self._lengths.get((kind.name, field))
        if length is not None:
            is_every = place.is_every and field not in {"interfaces", "possibleTypes"}
            return length.average if place.is_every else length.most, IntrospectionPlace(is_every)
        if field == "type":
            return 1, IntrospectionPlace(wrappers=self._wrappers)
        if field == "ofType":
            return min(1, place.wrappers), IntrospectionPlace(wrappers=place.wrappers - 1)
        return 1, IntrospectionPlace(is_every=field == "__schema")


def _fields(kind: GraphQLNamedType) -> Iterable[GraphQLField]:
    return kind.fields.values() if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) else ()


def _length(lists: Sequence[Sized], parents: int) -> Length:
    """The length of ``lists``, which ``parents`` objects have; the others have none."""
    sizes = [len(each) for each in lists]
    return Length(-(-sum(sizes) // max(1, parents)), max(sizes, default=0))


def _wrappers(kind: GraphQLType) -> int:
    return 1 + _wrappers(kind.of_type) if is_wrapping_type(kind) else 0
