"""Costs of fields: weights by field kind, and the directives ``@cost`` and ``@listSize`` of the schema.

Gateways and clients compute the same cost from the printed directives, which follow IBM's cost specification
(https://ibm.github.io/graphql-specs/cost-spec.html). A field costs its weight, which is by default 1 for an object and
0 for a scalar or an enum, plus the cost of its selections; a list costs that for each item.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
)
from strawberry import UNSET
from strawberry.schema_directive import Location
from strawberry.types.field import StrawberryField

from graphql_app.limits import Limits
from graphql_app.strawberry_adapter import declaration_of

__all__ = ["PAGE", "cost"]

ROOT_LIST = 30
"""Weight of a list at the root: a separate statement."""
RECORD = 20
"""Weight of a record that is found by its ID, or of another object at the root."""
RELATED_LIST = 5
"""Weight of a list below a record. One statement reads it for all parents, and searches once for each of them."""
RECORD_OF_MANY = 5
"""Weight of each record of ``nodes``."""
TOTAL = 5
"""Weight of a number of records, or of their aggregates, which read the whole list."""
MUTATION = 50
"""Weight of a mutation: a separate transaction."""
WEIGHT = "weight"
"""Key in a field's metadata, and in the extensions of graphql-core's field for the :class:`FieldCost`."""


@dataclass(frozen=True, slots=True)
class ItemCount:
    """Maximum number of items that a field yields, by its arguments.

    Each of ``arguments`` is a number, whose value is the size, or a list, whose length is the size. If none is given,
    the size is ``default``, or the default page size. The field rejects numbers over ``most`` before it yields
    anything. A field of an object type, such as a connection, declares the size of the lists directly below it.
    """

    arguments: tuple[str, ...] = ()
    default: int | None = None
    most: int | None = None
    is_page: bool = False
    """True if the maximum is the maximum page size."""
    is_planned: bool = True
    """True if it is a list that is read from the database."""
    is_inherited: bool = False
    """True if the size declared by the parent field takes precedence."""


SIZE_ARGUMENTS = ("first", "last")
"""Arguments with the size of a list that does not declare one."""
PAGE = ItemCount(SIZE_ARGUMENTS, is_page=True)
"""Number of items of a page, from its arguments ``first`` and ``last``."""


@dataclass(frozen=True, slots=True)
class FieldCost:
    """Weight of a field, and the number of items of its list or of the lists directly below it."""

    weight: int
    sizing: ItemCount | None = None


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="cost",
    description="Cost of a field besides its selections. Without the directive: 1 for an object, 0 for another value.",
)
class CostDirective:
    """Printed form of a weight."""

    weight: str = strawberry.directive_field("weight")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="listSize",
    description="Number of items of a list, or of the lists `sizedFields` below the field: the largest of the slicing "
    "arguments (of a list, its length), or `assumedSize` without them.",
)
class ListSizeDirective:
    """Printed form of an item count."""

    assumed_size: int | None = strawberry.directive_field("assumedSize", default=UNSET)
    slicing_arguments: list[str] | None = strawberry.directive_field("slicingArguments", default=UNSET)
    sized_fields: list[str] | None = strawberry.directive_field("sizedFields", default=UNSET)
    require_one_slicing_argument: bool | None = strawberry.directive_field("requireOneSlicingArgument", default=UNSET)


def cost[F](weight: int) -> Callable[[F], F]:
    """Declare the cost of a field besides its selections, such as the one of an expensive resolver.

    One unit is about the work for one object of a list. Example: ``@cost(20)`` above ``@resolved``.
    """
    if weight < 0:
        raise ValueError("The weight of a field cannot be negative.")

    def declare(field: F) -> F:
        made: Any = field
        made.metadata = {**made.metadata, WEIGHT: weight}
        return field

    return declare


def cost_of(field: GraphQLField) -> FieldCost:
    """Return the cost of a field of an object or interface type."""
    found: FieldCost | None = field.extensions.get(WEIGHT)
    return found or FieldCost(int(is_composite_type(get_named_type(field.type))))


def declare_costs(schema: GraphQLSchema) -> None:
    """Determine the costs of all fields of graphql-core's schema, and add their directives, which are printed."""
    fields = [(kind, *item) for kind in _types(schema) for item in kind.fields.items()]
    for kind, _, definition in fields:
        declared = declaration_of(definition)
        if declared is not None:
            definition.extensions[WEIGHT] = FieldCost(
                _weight(schema, kind, definition, declared), getattr(declared, "sizing", None)
            )
    unsized = {get_named_type(each.type) for _, _, each in fields if cost_of(each).sizing is None}
    for kind, _, definition in fields:
        declared = declaration_of(definition)
        if declared is not None:
            kept = [each for each in declared.directives if not isinstance(each, CostDirective | ListSizeDirective)]
            declared.directives = [*kept, *_directives(definition, is_sized=kind not in unsized)]


def _types(schema: GraphQLSchema) -> Iterator[GraphQLObjectType | GraphQLInterfaceType]:
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__"):
            yield kind


def _weight(schema: GraphQLSchema, kind: GraphQLNamedType, field: GraphQLField, declared: StrawberryField) -> int:
    """Return the weight that is declared for a field or its kind, or the default."""
    weight = declared.metadata.get(WEIGHT, getattr(declared, "weight", None))
    if isinstance(weight, int):
        return weight
    if kind is schema.mutation_type:
        return MUTATION
    is_object = is_composite_type(get_named_type(field.type))
    is_list = isinstance(get_nullable_type(field.type), GraphQLList)
    return RECORD if is_object and not is_list and kind is schema.query_type else int(is_object)


def _directives(field: GraphQLField, *, is_sized: bool) -> Iterable[CostDirective | ListSizeDirective]:
    """Yield the directives of a field. ``is_sized`` means that other fields always declare the size of its list."""
    found, kind = cost_of(field), get_named_type(field.type)
    if found.weight != int(is_composite_type(kind)):
        yield CostDirective(weight=str(found.weight))
    is_list = is_list_of_objects(field)
    sizing = found.sizing or (default_sizing(field) if is_list and not is_sized else None)
    if sizing is not None:
        below = [] if is_list else sized_fields(kind)
        yield ListSizeDirective(
            assumed_size=Limits().page_default if sizing.default is None else sizing.default,
            slicing_arguments=list(sizing.arguments) or UNSET,
            sized_fields=below or UNSET,
            require_one_slicing_argument=False if sizing.arguments else UNSET,
        )


def default_sizing(field: GraphQLField) -> ItemCount:
    """Return the size of a list that does not declare one."""
    return ItemCount(tuple(name for name in SIZE_ARGUMENTS if name in field.args))


def is_list_of_objects(field: GraphQLField) -> bool:
    """Return True for a list of objects."""
    is_list = isinstance(get_nullable_type(field.type), GraphQLList)
    return is_list and is_composite_type(get_named_type(field.type))


def sized_fields(kind: GraphQLNamedType) -> list[str]:
    """Return the lists of an object type whose size the field with the object declares."""
    if not isinstance(kind, GraphQLObjectType):
        return []
    found = [(name, cost_of(each).sizing) for name, each in kind.fields.items() if is_list_of_objects(each)]
    return [name for name, sizing in found if sizing is None or sizing.is_inherited]
