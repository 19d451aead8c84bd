"""How the inputs of filters and orders are made: Strawberry input classes, built from a view when the schema is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.field import StrawberryField

from graphql_app.errors import RequestError
from graphql_app.names import camel_case


def input_field(
    name: str, annotation: Any, description: str, meaning: Any = None, shown_as: str | None = None
) -> StrawberryField:
    """An input field that may be left out. ``meaning`` is what the code that reads the input needs to know of it.

    ``shown_as`` is its name in the API, where that is no Python name in camelCase.
    """
    return StrawberryField(
        python_name=name,
        graphql_name=shown_as,
        type_annotation=StrawberryAnnotation(annotation),
        description=description,
        default=UNSET,
        metadata={"meaning": meaning},
    )


class NameCollision(TypeError):
    """Two things would have one name in a generated type."""


def make_input(name: str, description: str, fields: list[StrawberryField], *, one_of: bool = False) -> type:
    """An input type with these fields; with ``one_of`` exactly one of them has to be given. Raises NameCollision."""
    attributes = {field.python_name: field for field in fields}
    for field in fields:
        other = attributes[field.python_name]
        if other is not field:
            both = f"({field.description}) and ({other.description})"
            raise NameCollision(f"{name}: two fields are named {field.python_name}: {both}; rename one")
    return strawberry.input(type(name, (), attributes), name=name, description=description, one_of=one_of)


def given(value: Any) -> Iterator[tuple[str, Any, Any]]:
    """What was given in an input: each field's name in the API, its meaning and its value."""
    for field in value.__strawberry_definition__.fields:
        content = getattr(value, field.python_name)
        if content is not UNSET:
            yield api_name(field), field.metadata["meaning"], content


def api_name(field: StrawberryField) -> str:
    """The field's name in the API."""
    return field.graphql_name or camel_case(field.python_name.rstrip("_"))


@contextmanager
def located(*path: str | int) -> Iterator[None]:
    """Errors of the request that are raised inside get this path in front of theirs."""
    try:
        yield
    except RequestError as error:
        error.extensions["argumentPath"] = [*path, *error.extensions.get("argumentPath", [])]
        raise
