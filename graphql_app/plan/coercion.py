"""Values of variables, coerced as graphql-core does it, by functions that are made once for each type.

graphql-core finds out about a type anew with each value. Here that is done when a document is first read; what a value
comes to is still said by graphql-core's scalars and enums.
"""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    Undefined,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)
from graphql.utilities.coerce_input_value import coerce_default_value

Coerce = Callable[[Any], Any]
"""The coerced value, or Undefined for one that is refused."""


class Recursive(Exception):
    """A type that contains itself: how deeply its values are nested is for graphql-core to look at."""


def coercion_of(kind: Any, made: dict[str, Coerce | None] | None = None) -> Coerce:
    """How values of an input type are coerced. Raises Recursive.

    ``made`` has what was found out about other types by their names; None while that goes on.
    """
    made = {} if made is None else made
    if is_non_null_type(kind):
        inner = coercion_of(kind.of_type, made)
        return lambda value: Undefined if value is None else inner(value)
    if is_list_type(kind):
        return _list(coercion_of(kind.of_type, made))
    if not is_input_object_type(kind):
        return _leaf(kind.coerce_input_value)
    if kind.name not in made:
        made[kind.name] = None
        made[kind.name] = _object(kind, made)
    known = made[kind.name]
    if known is None:
        raise Recursive
    return known


def _leaf(coerce: Coerce) -> Coerce:
    def coerced(value: Any) -> Any:
        try:
            return None if value is None else coerce(value)
        except Exception:
            return Undefined

    return coerced


def _list(item: Coerce) -> Coerce:
    def coerced(value: Any) -> Any:
        if value is None:
            return None
        # one value stands for a list of it
        items = [item(each) for each in (value if isinstance(value, list) else (value,))]
        return Undefined if any(each is Undefined for each in items) else items

    return coerced


def _object(kind: GraphQLInputObjectType, made: dict[str, Coerce | None]) -> Coerce:
    known = {name: (field, coercion_of(field.type, made)) for name, field in kind.fields.items()}
    required = {name for name, (field, _) in known.items() if is_required_input_field(field)}

    def coerced(value: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, dict) or not required <= value.keys() <= known.keys():
            return Undefined
        found: dict[str, Any] = {}
        for name, (field, coerce) in known.items():
            if name in value:
                each = found[field.out_name or name] = coerce(value[name])
                if each is Undefined:
                    return Undefined
            elif (default := coerce_default_value(field)) is not Undefined:
                found[field.out_name or name] = default
        return kind.out_type(found) if not kind.is_one_of or _is_one(value, found) else Undefined

    return coerced


def _is_one(given: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Whether exactly one field was given, and is not null."""
    return len(given) == len(found) == 1 and None not in found.values()
