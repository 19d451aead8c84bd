"""Data of the parts of an incremental response: cut out of the results of their operations.

Fields that lead to a deferred fragment have no errors of their own here: the part around it has reported them. An error
below the fragment propagates up to the fragment, which then has no data (GraphQL specification, section 6.4.4).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    get_named_type,
)

from graphql_app.execution.request import JsonObject

type ResponsePath = tuple[str | int, ...]
"""Response keys and indices that lead to a value."""


@dataclass(slots=True)
class PendingPart:
    """Part that is announced: the fragment of the object at ``path``, or the further items of the list there."""

    id: str
    path: ResponsePath
    label: str | None


@dataclass(slots=True)
class Delivery:
    """Data or items of a pending part. It has failed if it has neither."""

    pending: PendingPart
    data: Any = None
    items: list[Any] | None = None
    first: int = 0
    """Index of the first item."""
    errors: list[JsonObject] = field(default_factory=list)


def objects_at(
    data: Any, keys: Sequence[str], start: ResponsePath = (), index: int = 0
) -> Iterator[tuple[ResponsePath, Any]]:
    """Yield the paths and the values to which response keys lead, through lists, without nulls."""
    if data is None:
        return
    if isinstance(data, list):
        for number, item in enumerate(data):
            yield from objects_at(item, keys, (*start, number), index)
    elif index == len(keys):
        yield start, data
    elif isinstance(data, dict):
        yield from objects_at(data.get(keys[index]), keys, (*start, keys[index]), index + 1)


def lists_at(data: Any, keys: Sequence[str]) -> Iterator[tuple[ResponsePath, list[Any]]]:
    """Yield the paths and the lists to which response keys lead."""
    for path, parent in objects_at(data, keys[:-1]):
        found = parent.get(keys[-1]) if isinstance(parent, dict) else None
        if isinstance(found, list):
            yield (*path, keys[-1]), found


def value_at(data: Any, path: ResponsePath) -> Any:
    """Return the value at a path, or None if there is none."""
    for key in path:
        if isinstance(key, int):
            data = data[key] if isinstance(data, list) and key < len(data) else None
        else:
            data = data.get(key) if isinstance(data, dict) else None
    return data


def is_below(path: Sequence[str | int], start: ResponsePath) -> bool:
    """Return True if a path begins with another."""
    return tuple(path[: len(start)]) == start


def is_item(path: Sequence[str | int], start: ResponsePath, first: int) -> bool:
    """Return True if a path leads to or through an item of the list at ``start``, from the index ``first`` on."""
    if len(path) <= len(start) or not is_below(path, start):
        return False
    index = path[len(start)]
    return isinstance(index, int) and index >= first


def propagate(
    schema: GraphQLSchema, operation: OperationDefinitionNode, data: Any, start: ResponsePath, errors: list[JsonObject]
) -> bool:
    """Replace the nearest nullable values around errors below ``start`` by null. Return False if there is none."""
    for error in errors:
        path: ResponsePath = tuple(error["path"])
        nullable = _nullable(schema, operation, path)
        end = len(path)
        while end > len(start) and not nullable[end - 1]:
            end -= 1
        if end <= len(start):
            return False
        _set_null(data, path[:end])
    return True


def _set_null(data: Any, path: ResponsePath) -> None:
    *above, last = path
    parent = value_at(data, tuple(above))
    if isinstance(parent, dict | list):
        parent[last] = None  # type: ignore[index]  # of a dict or a list


def _nullable(schema: GraphQLSchema, operation: OperationDefinitionNode, path: ResponsePath) -> list[bool]:
    """Return for each element of a path whether the value there may be null."""
    found, kind = list[bool](), schema.get_root_type(operation.operation)
    of: Any = kind
    sets = [(operation.selection_set, kind)]
    for key in path:
        if isinstance(key, int):
            while isinstance(of, GraphQLNonNull):
                of = of.of_type
            of = of.of_type if isinstance(of, GraphQLList) else of
        else:
            nodes = [each for each in _fields(schema, sets) if (each[0].alias or each[0].name).value == key]
            definition = next((kind.fields.get(node.name.value) for node, kind in nodes if kind is not None), None)
            of = None if definition is None else definition.type
            inner = None if of is None else get_named_type(of)
            sets = [(node.selection_set, inner) for node, _ in nodes if node.selection_set is not None]
        found.append(of is not None and not isinstance(of, GraphQLNonNull))
    return found


def _fields(schema: GraphQLSchema, sets: Any) -> Iterator[tuple[FieldNode, Any]]:
    """Yield the fields of selection sets with the types that have them, those of fragments included."""
    for selections, kind in sets:
        for each in selections.selections:
            if isinstance(each, FieldNode):
                yield each, kind
            elif isinstance(each, InlineFragmentNode):
                condition = each.type_condition
                inner = kind if condition is None else schema.type_map[condition.name.value]
                yield from _fields(schema, [(each.selection_set, inner)])
