"""Errors inside a plan's result: first in place of values, then located and replaced by nulls.

A level is built for all its rows at once, without paths. Errors are stored in place of values until the result is
complete. If there are any, the result is then traversed as graphql-core completes values (GraphQL specification,
October 2021, section 6.4.4): a non-null field propagates the error to its parent object.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    is_leaf_type,
    located_error,
)
from graphql.pyutils import Path

from graphql_app.pacing import RESOLVED, Pacer
from graphql_app.plan.selection import Fields, Operation, Selecting

type Value = Any
"""Value of a response, or Failed in its place."""
Typed = Iterable[tuple[Iterable[object], GraphQLObjectType]]
"""Objects whose type the selection does not determine, with their type."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Error of a value, or of a field below it: ``keys`` is the path of the field, ``nodes`` select it."""

    error: Exception
    keys: tuple[str, ...] = ()
    nodes: Sequence[FieldNode] = ()


class FailedRows(tuple[Any, ...]):
    """Empty rows of a failed statement. ``of_field`` is true if the arguments of their list are invalid."""

    error: Exception
    of_field: bool = False

    @classmethod
    def of(cls, error: Exception, *, of_field: bool = False) -> "FailedRows":
        rows = cls()
        rows.error, rows.of_field = error, of_field
        return rows


class FailedLookup:
    """Mapping that returns the same error for every key but null."""

    def __init__(self, failed: Failed) -> None:
        self.failed = failed

    def get(self, key: object, default: object = None) -> Failed | None:
        return None if key is None and default is None else self.failed

    def __getitem__(self, key: object) -> Failed:
        return self.failed

    def values(self) -> tuple[Failed, ...]:
        return ()


def lost(rows: object, keys: tuple[str, ...] = (), nodes: Sequence[FieldNode] = ()) -> FailedLookup | None:
    """Return a FailedLookup for values that depend on ``rows`` if these are FailedRows, else None."""
    if type(rows) is not FailedRows:
        return None
    return FailedLookup(Failed(rows.error) if rows.of_field else Failed(rows.error, keys, nodes))


class Locator:
    """Traversal of a result that locates its errors and replaces them by nulls.

    ``errors`` contains the replaced errors. An error without an enclosing nullable value is raised. If errors do not
    propagate, each becomes null where it occurs.
    """

    def __init__(self, operation: Operation, typed: Typed, pacer: Pacer, *, is_propagating: bool = True) -> None:
        self.errors: list[GraphQLError] = []
        self._operation, self._pacer, self._is_propagating = operation, pacer, is_propagating
        self._kinds = {id(made): kind for objects, kind in typed for made in objects}
        self._selected: dict[tuple[object, ...], Fields] = {}

    async def object(
        self, kind: GraphQLObjectType, nodes: Sequence[Selecting], data: Mapping[str, Value], path: Path | None
    ) -> dict[str, Value]:
        """Return the object with its errors located. Raises the first error of a non-null field."""
        name = (kind.name, *map(id, nodes))
        selected = self._selected.get(name)
        if selected is None:
            selected = self._selected[name] = self._operation.fields(nodes, kind)
        done: dict[str, Value] = {}
        propagated: GraphQLError | None = None
        for key, group in selected.items():
            definition = kind.fields.get(group[0].name.value)
            if definition is None:  # __typename
                done[key] = data[key]
                continue
            try:
                done[key] = await self.field(kind, definition, group, data[key], Path(path, key, kind.name))
            except GraphQLError as error:
                propagated = propagated or error
        if propagated is not None:
            raise propagated
        return done

    async def field(
        self, parent: GraphQLObjectType, definition: GraphQLField, nodes: Sequence[FieldNode], value: Value, path: Path
    ) -> Value:
        """Return the field's value, or None for an error. Raises the error of a non-null field."""
        return await self._place(definition.type, f"{parent.name}.{nodes[0].name.value}", nodes, value, path)

    async def _place(
        self, kind: GraphQLOutputType, name: str, nodes: Sequence[FieldNode], value: Value, path: Path
    ) -> Value:
        """Return the value of a field or an item, or None for an error."""
        try:
            return await self._completed(kind, name, nodes, value, path)
        except GraphQLError as error:
            if isinstance(kind, GraphQLNonNull) and self._is_propagating:
                raise
            self.errors.append(error)
            return None

    async def _completed(self, kind: Any, name: str, nodes: Sequence[FieldNode], value: Value, path: Path) -> Value:
        if isinstance(value, Failed):
            raise _located(value, nodes, path)
        if isinstance(kind, GraphQLNonNull):
            done = await self._completed(kind.of_type, name, nodes, value, path)
            if done is None:
                missing = TypeError(f"Cannot return null for non-nullable field {name}.")
                raise located_error(missing, list(nodes), path.as_list())
            return done
        if value is None or is_leaf_type(kind):
            return value
        if isinstance(kind, GraphQLList):
            return await self._items(kind.of_type, name, nodes, value, path)
        await self._pacer.turn(RESOLVED)
        return await self.object(self._kinds.get(id(value), kind), nodes, value, path)

    async def _items(
        self, kind: GraphQLOutputType, name: str, nodes: Sequence[FieldNode], items: Sequence[Value], path: Path
    ) -> Value:
        done: list[Value] = []
        propagated: GraphQLError | None = None
        for index, item in enumerate(items):
            try:
                done.append(await self._place(kind, name, nodes, item, Path(path, index, None)))
            except GraphQLError as error:
                propagated = propagated or error
        if propagated is not None:
            raise propagated
        return done


def _located(failed: Failed, nodes: Sequence[FieldNode], path: Path) -> GraphQLError:
    for key in failed.keys:
        path = Path(path, key, None)
    return located_error(failed.error, list(failed.nodes or nodes), path.as_list())
