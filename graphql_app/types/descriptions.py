"""Typed ways to say what a thing in the schema is: fields, arguments, enums. Everything in the schema is described."""

import inspect
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, cast

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.enum import StrawberryEnumDefinition

from graphql_app.models.columns import Choice

Check = Callable[[Any, Mapping[str, Any]], str | None]
"""Returns what is wrong with a value, in a sentence, or None. The other values of the input are given beside it, by
their Python names; a value that is null or was left out is not checked.
"""


def field(description: str, *checks: Check, secret: bool = False, **options: Any) -> Any:
    """A plain field of a type or input, with its description.

    ``checks`` are of an input's value; of one that is ``secret``, such as a password, nothing is remembered.
    """
    return strawberry.field(description=description, metadata={"checks": checks, "secret": secret}, **options)


def optional(description: str, *checks: Check, name: str | None = None, secret: bool = False) -> Any:
    """A field of an input that may be left out; left out and null are different values."""
    return field(description, *checks, secret=secret, name=name, default=strawberry.UNSET)


def resolved[F: Callable[..., Any]](function: F) -> F:
    """Declare a resolver of one's own; its docstring becomes the field's description.

    On a record, a plan calls it concurrently for all rows of a level. A resolver that uses nothing but columns of
    ``self`` is given these only, any other the row with all of its columns.
    """
    made: F = strawberry.field(resolver=function, description=docstring_of(function))
    return made


def computed[F: Callable[..., Any]](*columns: str) -> Callable[[F], F]:
    """Declare a resolver of a record that needs nothing of its row but these columns; a plan reads only them.

    A plain function without arguments that returns a scalar is called while the object is made; any other as one that
    is ``resolved``.
    """

    def declare(function: F) -> F:
        made: F = strawberry.field(resolver=function, description=docstring_of(function), metadata={COLUMNS: columns})
        return made

    return declare


def public[F: Callable[..., Any]](function: F) -> F:
    """As :func:`resolved`, for a root field that needs no log-in."""
    made: F = strawberry.field(resolver=function, description=docstring_of(function), metadata={"public": True})
    return made


def most_calls[F](number: int) -> Callable[[F], F]:
    """Limit how often one operation may call a mutation that is expensive."""

    def declare(field: F) -> F:
        made: Any = field
        made.metadata = {**made.metadata, MOST_CALLS: number}
        return field

    return declare


MOST_CALLS, COLUMNS = "most_calls", "columns"
"""Names that limit in a field's metadata."""


def cast_to[T](kind: type[T], value: object) -> T:
    """``value``, whose class is another than that of the GraphQL type ``kind`` which is read off it."""
    return cast(T, value)


def argument(name: str, annotation: Any, description: str, default: object = strawberry.UNSET) -> StrawberryArgument:
    """An argument of a field, under its Python name; Strawberry shows it in camelCase."""
    return StrawberryArgument(name, None, StrawberryAnnotation(annotation), description=description, default=default)


def docstring_of(thing: Any) -> str:
    """The docstring as a description. Raises TypeError when there is none: that of a base class says nothing of it."""
    text = vars(thing).get("__doc__") if isinstance(thing, type) else thing.__doc__
    if not text:
        raise TypeError(f"{thing!r} needs a docstring: it is its description in the schema.")
    return inspect.cleandoc(text)


def enum[E: type[Enum]](kind: E) -> E:
    """Make a Python enum one of the schema; docstrings and, for a Choice, its members' texts describe it."""
    if "__strawberry_definition__" in kind.__dict__:
        return kind
    strawberry.enum(kind, description=docstring_of(kind))
    definition: StrawberryEnumDefinition = kind.__strawberry_definition__  # type: ignore[attr-defined]
    for value, member in zip(definition.values, kind, strict=True):
        value.description = _meaning(member) if isinstance(member, Choice) else None
    return kind


def _meaning(member: Choice) -> str:
    if not member.description:
        raise TypeError(f"{member!r} needs a description: it is the value's in the schema.")
    return member.description
