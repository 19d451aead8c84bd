"""Fields that find a record by its ID: ``by_id(m.Task)``, ``node`` and ``nodes``."""

from asyncio import gather
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Unpack, cast
from uuid import UUID

import strawberry
from strawberry import ID
from strawberry.types.arguments import StrawberryArgument

from graphql_app.authorization import Rights
from graphql_app.context import Info
from graphql_app.errors import BadUserInput, Forbidden, RequestError, Unauthenticated, ValueLimit
from graphql_app.loaders import Loaders
from graphql_app.models.base import Base
from graphql_app.models.kinds.texts import read_id
from graphql_app.plan.fields import NodeReference, RecordReference, argument_values
from graphql_app.sql.row_rules import HIDDEN
from graphql_app.strawberry_adapter import Annotation, Arguments, Source, raw_info
from graphql_app.types.columns import IdField
from graphql_app.types.costs import RECORD_OF_MANY, ItemCount
from graphql_app.types.declarations import argument
from graphql_app.types.fields import EngineField
from graphql_app.types.registry import deferred_type_of, type_name_of
from graphql_app.viewer import Viewer

__all__ = ["Node", "RecordField", "by_id", "by_key"]


@strawberry.interface(
    description="Record with an ID that is unique across all types. `node(id:)` fetches it by this ID.",
)
class Node:
    """Base of all model types. The type of a row is the one declared for its class."""

    id: ID = cast(Any, IdField(description="ID of the record, a UUIDv7: IDs sort by creation time."))

    @classmethod
    def resolve_type(cls, row: Base, *_: object) -> str:
        return type_name_of(type(row))


class RecordField(EngineField):
    """Field with records as its value.

    ``reference`` returns a reference, a list of references, an awaitable of these, or None.
    """

    def __init__(
        self,
        annotation: Annotation,
        description: str,
        reference: Callable[[Source, Info], object],
        *arguments: StrawberryArgument,
        **rights: Unpack[Rights],
    ) -> None:
        super().__init__(annotation, description, *arguments, **rights)
        self._reference = reference

    def resolve(self, source: Source, info: Info, arguments: Arguments) -> object:
        return _loaded(info.context.loaders, self._reference(source, info))

    def refer(self, source: Source, info: Info) -> object:
        return self._reference(source, info)


def _loaded(loaders: Loaders, reference: Any) -> Any:
    """Return the record of a reference, of each of several references, or of those that an awaitable returns.

    The result is an awaitable, or None.
    """
    match reference:
        case None:
            return None
        case RecordReference(model, id, None):
            return loaders.by_id(model, id)
        case RecordReference():
            return _required(loaders, reference)
        case NodeReference():
            return loaders.node(reference.id)
        case list():
            return gather(*(_entry(loaders, each) for each in reference))
    return _awaited(loaders, reference)


async def _entry(loaders: Loaders, reference: Any) -> object:
    """Return the record of one entry of a list, or its error, which graphql-core locates in its place."""
    return reference if isinstance(reference, RequestError) else await _loaded(loaders, reference)


async def _required(loaders: Loaders, reference: RecordReference) -> object:
    found = await loaders.by_id(reference.model, reference.id)
    if found is None and reference.missing is not None:
        raise reference.missing()
    return found


async def _awaited(loaders: Loaders, references: Awaitable[Any]) -> object:
    return await _loaded(loaders, await references)


def by_id(model: type[Base], description: str, **rights: Unpack[Rights]) -> RecordField:
    """Declare a root field: the record of the model with the given ID, or null if the organization has none."""
    id, kind = argument("id", ID, "ID of the record."), deferred_type_of(model) | None
    return RecordField(kind, description, lambda _, info: RecordReference(model, _given_id(info)), id, **rights)


def by_key(model: type[Base], key: Callable[[Any], UUID], description: str, **rights: Unpack[Rights]) -> RecordField:
    """Declare a field of a type without a model: the record whose ID ``key`` returns. The record must exist."""
    hidden = partial(Forbidden, HIDDEN)
    return RecordField(
        deferred_type_of(model), description, lambda source, _: RecordReference(model, key(source), hidden), **rights
    )


def of_viewer(model: type[Base], key: Callable[[Viewer], UUID], description: str) -> RecordField:
    """Declare a field of a type that is read from a Viewer: the record whose ID ``key`` returns."""
    missing = partial(Unauthenticated, "The user or the organization of the token no longer exists. Log in again.")
    return RecordField(
        deferred_type_of(model), description, lambda viewer, _: RecordReference(model, key(viewer), missing)
    )


def maybe_of_viewer(model: type[Base], key: Callable[[Viewer], UUID | None], description: str) -> RecordField:
    """Declare a field like ``of_viewer`` that is null if ``key`` returns None or the record is not visible."""

    def reference(viewer: Viewer, _: Info) -> RecordReference | None:
        id = key(viewer)
        return None if id is None else RecordReference(model, id)

    return RecordField(deferred_type_of(model) | None, description, reference)


def _given_id(info: Info) -> UUID:
    return id_of(argument_values(raw_info(info))["id"], "id")


def id_of(text: str, *path: str | int) -> UUID:
    """Return the ID in a text of the client. Raises BadUserInput, located at ``path`` of the arguments."""
    try:
        return read_id(text)
    except ValueError as error:
        raise BadUserInput(str(error), path) from None


def _nodes(_: None, info: Info) -> list[NodeReference | RequestError]:
    """Return a reference for each ID, or the error in its place, which does not affect the others."""
    ids, most = argument_values(raw_info(info))["ids"], info.context.reading.limits.page_most
    if len(ids) > most:
        raise BadUserInput(f"At most {most:,} IDs are allowed.", ["ids"], ValueLimit(max_items=most))
    return [_node(text, index) for index, text in enumerate(ids)]


def _node(text: str, index: int) -> NodeReference | RequestError:
    try:
        return NodeReference(id_of(text, "ids", index))
    except RequestError as error:
        return error


@strawberry.type
class NodeQuery:
    """Root fields that find any record by its ID."""

    node = RecordField(
        Node | None,
        "Record of any type with this ID; null if there is none.",
        lambda _, info: NodeReference(_given_id(info)),
        argument("id", ID, "ID of the record."),
    )
    nodes = RecordField(
        list[Node | None],
        "Records with these IDs, in the same order; null for each ID without a record. A malformed ID is an error of "
        "its entry.",
        _nodes,
        argument("ids", list[ID], "IDs of the records, at most as many as the maximum page size."),
    )
    nodes.sizing, nodes.weight = ItemCount(("ids",)), RECORD_OF_MANY
