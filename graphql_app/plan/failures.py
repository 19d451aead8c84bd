"""Errors inside a plan's result: in place of values while it is made, then located, with nulls in their places.

A level is made for all its rows at once, without paths. An error stands in the place of its value until the response is
complete; only then, and only if there is one, the response is walked as graphql-core completes values (GraphQL
specification, October 2021, section 6.4.4): a field that is never null passes the error on to the object around it.
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
    is_leaf_type,
    located_error,
)
from graphql.pyutils import Path

from graphql_app.pacing import RESOLVED, Pacer
from graphql_app.plan.selection import Fields, Operation

Typed = Iterable[tuple[Iterable[Any], GraphQLObjectType]]
"""Objects of which the selection alone does not say the type, with their type."""


@dataclass(frozen=True, slots=True)
class Failed:
    """An error in the place of a value, or of a field below it: ``keys`` lead there, ``nodes`` select it."""

    error: Exception
    keys: tuple[str, ...] = ()
    nodes: Sequence[FieldNode] = ()


class FailedRows(tuple[Any, ...]):
    """Rows that could not be read: none of them. ``of_field`` is true if the arguments of their list are refused."""

    error: Exception
    of_field: bool = False

    @classmethod
    def of(cls, error: Exception, *, of_field: bool = False) -> "FailedRows":
        rows = cls()
        rows.error, rows.of_field = error, of_field
        return rows


class FailedLookup:
    """A mapping that gives the same error for every key; null is no key of a record."""

    def __init__(self, failed: Failed) -> None:
        self.failed = failed

    def get(self, key: Any, default: Any = None) -> Failed | None:
        return None if key is None and default is None else self.failed

    def __getitem__(self, key: Any) -> Failed:
        return self.failed

    def values(self) -> tuple[Failed, ...]:
        return ()


def lost(rows: Any, keys: tuple[str, ...] = (), nodes: Sequence[FieldNode] = ()) -> FailedLookup | None:
    """Return what stands for everything made of ``rows``; None if they were read."""
    if type(rows) is not FailedRows:
        return None
    return FailedLookup(Failed(rows.error) if rows.of_field else Failed(rows.error, keys, nodes))


class Locator:
    """Locates the errors of one response, and puts nulls into their places.

    ``errors`` are those that left a null. An error that leaves no object to put a null in is raised.
    """

    def __init__(self, operation: Operation, typed: Typed, pacer: Pacer) -> None:
        self.errors: list[GraphQLError] = []
        self._operation, self._pacer = operation, pacer
        self._kinds = {id(made): kind for objects, kind in typed for made in objects}
        self._selected: dict[Any, Fields] = {}

    async def object(
        self, kind: GraphQLObjectType, nodes: Sequence[Any], data: Mapping[str, Any], path: Path | None
    ) -> dict[str, Any]:
        """Return the object with all of its errors located. Raises the first of those that leave it."""
        name = (kind.name, *map(id, nodes))
        selected = self._selected.get(name)
        if selected is None:
            selected = self._selected[name] = self._operation.fields(nodes, kind)
        done: dict[str, Any] = {}
        leaving: GraphQLError | None = None
        for key, group in selected.items():
            definition = kind.fields.get(group[0].name.value)
            if definition is None:  # __typename
                done[key] = data[key]
                continue
            try:
                done[key] = await self.field(kind, definition, group, data[key], Path(path, key, kind.name))
            except GraphQLError as error:
                leaving = leaving or error
        if leaving is not None:
            raise leaving
        return done

    async def field(
        self, parent: GraphQLObjectType, definition: GraphQLField, nodes: Sequence[FieldNode], value: Any, path: Path
    ) -> Any:
        """Return the field's value, or null for an error. Raises the error if the field is never null."""
        return await self._place(definition.type, f"{parent.name}.{nodes[0].name.value}", nodes, value, path)

    async def _place(self, kind: Any, name: str, nodes: Sequence[FieldNode], value: Any, path: Path) -> Any:
        """Return the value of a field or an item in its place."""
        try:
            return await self._completed(kind, name, nodes, value, path)
        except GraphQLError as error:
            if isinstance(kind, GraphQLNonNull):
                raise
            self.errors.append(error)
            return None

    async def _completed(self, kind: Any, name: str, nodes: Sequence[FieldNode], value: Any, path: Path) -> Any:
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

    async def _items(self, kind: Any, name: str, nodes: Sequence[FieldNode], items: Sequence[Any], path: Path) -> Any:
        done: list[Any] = []
        leaving: GraphQLError | None = None
        for index, item in enumerate(items):
            try:
                done.append(await self._place(kind, name, nodes, item, Path(path, index, None)))
            except GraphQLError as error:
                leaving = leaving or error
        if leaving is not None:
            raise leaving
        return done


def _located(failed: Failed, nodes: Sequence[FieldNode], path: Path) -> GraphQLError:
    for key in failed.keys:
        path = Path(path, key, None)
    return located_error(failed.error, list(failed.nodes or nodes), path.as_list())
