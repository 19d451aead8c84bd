"""Declarations of fields, arguments and enums. Each has a description, which the schema requires."""

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import MISSING
from enum import Enum
from typing import Any, Unpack, cast, overload

import strawberry
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLField,
    GraphQLScalarType,
    GraphQLSchema,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    visit,
)
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.enum import has_enum_definition
from strawberry.types.fields.resolver import StrawberryResolver

from graphql_app.authorization import Rights
from graphql_app.models.columns import Choice
from graphql_app.plan.compiler import RowCode
from graphql_app.plan.errors import Failed, Value
from graphql_app.plan.fields import Nodes, PlannedField
from graphql_app.strawberry_adapter import Annotation, Source, declaration_of, enum_definition_of
from graphql_app.types.requirements import rights_of

__all__ = ["argument", "cached", "cast_to", "computed", "enum", "field", "optional", "resolved"]

Check = Callable[[Any, Mapping[str, Any]], str | None]
"""Check of an input value: returns the message of its error, as a sentence, or None.

The second argument has all values of the input by their Python names. Null and omitted values are not checked.
"""


def field(
    description: str = "",
    *checks: Check,
    secret: bool = False,
    name: str | None = None,
    default: object = MISSING,
    **rights: Unpack[Rights],
) -> Any:
    """Declare a plain field of a type or input. The description of a model's column is by default its comment.

    ``checks`` apply to an input's value. A ``secret`` value, such as a password, is never stored. ``rights`` restrict a
    type's field to some viewers.
    """
    declared = rights_of({"checks": checks, "secret": secret}, **rights)
    return strawberry.field(description=description, name=name, default=default, **declared)


def optional(
    description: str, *checks: Check, name: str | None = None, secret: bool = False, **rights: Unpack[Rights]
) -> Any:
    """Declare an optional field of an input. An omitted value differs from null.

    Other viewers than those with the ``rights`` may not give it.
    """
    return field(description, *checks, secret=secret, name=name, default=strawberry.UNSET, **rights)


@overload
def resolved[F: Callable[..., Any]](function: F) -> F: ...
@overload
def resolved[F: Callable[..., Any]](**rights: Unpack[Rights]) -> Callable[[F], F]: ...


def resolved[F: Callable[..., Any]](function: F | None = None, **rights: Unpack[Rights]) -> F | Callable[[F], F]:
    """Declare a hand-written resolver; its docstring becomes the field's description.

    On a record, a plan calls it concurrently for all rows of a level. If the resolver uses only columns of ``self``,
    its row contains only these columns, otherwise all. ``@resolved(roles=...)`` restricts the field to some viewers:
    the resolver is not called for others.
    """
    if function is None:
        return lambda function: _resolver(function, **rights_of(**rights))
    return _resolver(function)


NOT_IN_LISTS = "Not available in filters, orders, groups and aggregates."
"""Sentence in the descriptions of values that only Python computes."""


def computed[F: Callable[..., Any]](*columns: str, **rights: Unpack[Rights]) -> Callable[[F], F]:
    """Declare a resolver of a record that uses only these columns of its row; a plan reads no others.

    Lists cannot be filtered, sorted or grouped by it, which its description states. ``sql_computed`` has no such limit.

    A plain function without arguments that returns a scalar is called while the object is made. Any other function is
    called like a resolver that is declared with ``resolved``.
    """

    def declare(function: F) -> F:
        return cast(F, ComputedField(columns, docstring_of(function), **rights_of(**rights))(function))

    return declare


def public[F: Callable[..., Any]](function: F) -> F:
    """Declare a hand-written resolver of a root field that requires no login. See :func:`resolved`."""
    return _resolver(function, metadata={"public": True})


def computation(resolver: StrawberryResolver[Any], kind: GraphQLScalarType) -> Callable[..., Value]:
    """Return the function that computes a scalar of a row. It calls ``check`` for an error, and returns Failed."""
    function: Any = resolver.wrapped_func  # of a row, as a plain function
    coerce = kind.coerce_output_value

    def compute(check: Callable[[], None], row: Source) -> Value:
        try:
            value = function(row)
            coerced = None if value is None else coerce(value)
        except Exception as error:
            coerced = Failed(error)
        if coerced is None or type(coerced) is Failed:
            check()
        return coerced

    return compute


class ComputedField(PlannedField):
    """Field with a resolver that uses only some columns of its row."""

    def __init__(self, columns: tuple[str, ...], description: str, **declared: Any) -> None:
        super().__init__(description=f"{description} {NOT_IN_LISTS}", **declared)
        self.columns = columns

    def columns_used(self, columns: Collection[str]) -> Sequence[str]:
        return self.columns

    def is_joinable(self, owner: RowCode, definition: GraphQLField, nodes: Nodes) -> bool:
        return self._scalar(definition) is not None

    def expression(self, owner: RowCode, definition: GraphQLField, nodes: Nodes) -> str:
        scalar, resolver = self._scalar(definition), self.base_resolver
        if scalar is None or resolver is None:
            return super().expression(owner, definition, nodes)
        compute = owner.compiler.draft.constant("compute", computation(resolver, scalar))
        return f"{compute}(check, {owner.reduced(self.columns)})"

    def _scalar(self, definition: GraphQLField) -> GraphQLScalarType | None:
        """Return the scalar of a plain function without arguments; None for any other function."""
        resolver, scalar = self.base_resolver, get_nullable_type(definition.type)
        if resolver is None or resolver.is_async or resolver.info_parameter or definition.args or self.extensions:
            return None
        return scalar if isinstance(scalar, GraphQLScalarType) else None


def _resolver[F: Callable[..., Any]](function: F, **declared: Any) -> F:
    made: F = strawberry.field(resolver=function, description=docstring_of(function), **declared)
    return made


def most_calls[F](number: int) -> Callable[[F], F]:
    """Limit the number of calls of an expensive mutation per operation."""

    def declare(field: F) -> F:
        made: Any = field
        made.metadata = {**made.metadata, MOST_CALLS: number}
        return field

    return declare


def cached[F](seconds: int) -> Callable[[F], F]:
    """Let clients reuse a response to a GET request for this time, even if the data changes or access is revoked.

    Every root field of the operation must allow it, and every field below that leads to other objects, such as a
    relation. The response is reused for the shortest of their times.
    """

    def declare(field: F) -> F:
        made: Any = field
        made.metadata = {**made.metadata, MAX_AGE: seconds}
        return field

    return declare


def max_age_of(field: Any) -> int:
    """Return the seconds that were declared with :func:`cached` for a field of Strawberry, or 0."""
    seconds: int = getattr(field, "metadata", {}).get(MAX_AGE, 0)
    return seconds


def least_max_age(document: DocumentNode, kind: OperationType, names: Iterable[str], schema: GraphQLSchema) -> int:
    """Return the least number of seconds that the root fields of an operation with these names declare.

    The fields of the document that lead from one object to others count as well.
    """
    root = schema.get_root_type(kind)
    found = [root and root.fields.get(name) for name in names]
    least = min([max_age_of(declaration_of(each)) if each else 0 for each in found])
    if not least:
        return 0
    info = TypeInfo(schema)
    nested = _NestedFields(info, schema)
    visit(document, TypeInfoVisitor(info, nested))
    return min([least, *nested.max_ages])


class _NestedFields(Visitor):
    """Visitor of the fields of objects below the root. Parts of their parents and leaves need no declaration."""

    def __init__(self, info: TypeInfo, schema: GraphQLSchema) -> None:
        super().__init__()
        self._info, self._root = info, schema.query_type
        self.max_ages: list[int] = []

    def enter_field(self, node: FieldNode, *_: object) -> None:
        definition, parent = self._info.get_field_def(), self._info.get_parent_type()
        if definition is None or parent is self._root or is_leaf_type(get_named_type(definition.type)):
            return
        declared = declaration_of(definition)  # None in introspection
        if declared is not None and not getattr(declared, "is_part", declared.base_resolver is None):
            self.max_ages.append(max_age_of(declared))


MOST_CALLS, MAX_AGE = "most_calls", "max_age"
"""Keys in a field's metadata."""


def cast_to[T](kind: type[T], value: object) -> T:
    """Return ``value`` typed as the GraphQL type ``kind``, whose fields are read from it."""
    return cast(T, value)


def argument(
    name: str, annotation: Annotation, description: str, default: object = strawberry.UNSET
) -> StrawberryArgument:
    """Return an argument of a field. ``name`` is the Python name, which is camelCase in the API."""
    return StrawberryArgument(name, None, StrawberryAnnotation(annotation), description=description, default=default)


def docstring_of(thing: object) -> str:
    """Return the docstring as a description. Raises TypeError without one, even if a base class has one."""
    text = vars(thing).get("__doc__") if isinstance(thing, type) else thing.__doc__
    if not text:
        raise TypeError(f"{thing!r} needs a docstring: it is its description in the schema.")
    return inspect.cleandoc(text)


def enum[E: type[Enum]](kind: E) -> E:
    """Add a Python enum to the schema, described by its docstring and, for a Choice, its members' texts."""
    if not has_enum_definition(kind):
        strawberry.enum(kind, description=docstring_of(kind))
        for value, member in zip(enum_definition_of(kind).values, kind, strict=True):
            if isinstance(member, Choice) and not member.description:
                raise TypeError(f"{member!r} needs a description: it is the value's description in the schema.")
            value.description = member.description if isinstance(member, Choice) else None
    return kind
