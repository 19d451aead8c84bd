"""Inputs of mutations: how they are declared as arguments and what a rule is given of them."""

from typing import Annotated, Any, TypeVar

import strawberry
from strawberry import ID
from strawberry.types.base import StrawberryList, StrawberryOptional

from graphql_app.views.comparators import read_id
from graphql_app.views.inputs import api_name, located

T = TypeVar("T")
Input = Annotated[T, strawberry.argument(description="What is to be done.")]
"""The one argument of a mutation."""


def values(given: Any) -> dict[str, Any]:
    """What was given in an input by Python names, ids as UUIDs; what was left out is absent, what was null is None.

    Raises BadUserInput for a text that is no id.
    """
    found = {}
    for field in given.__strawberry_definition__.fields:
        content = getattr(given, field.python_name)
        if content is not strawberry.UNSET:
            with located("input", api_name(field)):
                found[field.python_name] = _value(content, field.type)
    return found


def _value(content: Any, kind: Any) -> Any:
    if content is None:
        return None
    if isinstance(kind, StrawberryOptional):
        return _value(content, kind.of_type)
    if isinstance(kind, StrawberryList):
        return [_value(each, kind.of_type) for each in content]
    return read_id(content) if kind is ID else content
