"""Input types of filters and orders, built from a model type's fields when the schema is built."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.field import StrawberryField

from graphql_app.errors import RequestError
from graphql_app.names import camel_case
from graphql_app.plan.lists import MEANING
from graphql_app.strawberry_adapter import Annotation, fields_of

__all__ = ["located"]


def input_field(
    name: str, annotation: Annotation, description: str, meaning: object = None, shown_as: str | None = None
) -> StrawberryField:
    """Return an optional field of an input. ``meaning`` is passed to the code that reads the input.

    ``shown_as`` is its name in the API, if that is not the Python name in camelCase.
    """
    return StrawberryField(
        python_name=name,
        graphql_name=shown_as,
        type_annotation=StrawberryAnnotation(annotation),
        description=description,
        default=UNSET,
        metadata={MEANING: meaning},
    )


class NameCollision(TypeError):
    """Two fields or values of a generated type with the same name."""


def make_input(name: str, description: str, fields: list[StrawberryField], *, one_of: bool = False) -> type:
    """Return an input type with these fields; ``one_of`` requires exactly one of them. Raises NameCollision."""
    attributes = {field.python_name: field for field in fields}
    for field in fields:
        other = attributes[field.python_name]
        if other is not field:
            both = f"({field.description}) and ({other.description})"
            raise NameCollision(f"{name}: two fields are named {field.python_name}: {both}; rename one")
    return strawberry.input(type(name, (), attributes), name=name, description=description, one_of=one_of)


def given(value: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield each given field of an input: its name in the API, its meaning and its value."""
    for python_name, name, meaning in _meanings(value.__class__):
        content = getattr(value, python_name)
        if content is not UNSET:
            yield name, meaning, content


@cache
def _meanings(input: type) -> tuple[tuple[str, str, Any], ...]:
    return tuple((field.python_name, api_name(field), field.metadata[MEANING]) for field in fields_of(input))


def api_name(field: StrawberryField) -> str:
    """Return the field's name in the API."""
    return field.graphql_name or camel_case(field.python_name.rstrip("_"))


@contextmanager
def located(*path: str | int) -> Iterator[None]:
    """Prepend this path to the argument path of request errors that are raised inside."""
    try:
        yield
    except RequestError as error:
        error.extensions["argumentPath"] = [*path, *error.extensions.get("argumentPath", [])]
        raise
