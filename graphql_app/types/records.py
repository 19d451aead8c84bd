"""Fields that find a record by its id: ``by_id(m.Task)``, ``node`` and ``nodes``."""

from asyncio import gather
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import strawberry
from strawberry import ID
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from graphql_app.errors import BadUserInput, Unauthenticated
from graphql_app.loaders import Loaders
from graphql_app.models.base import Base
from graphql_app.types.descriptions import argument, field
from graphql_app.types.fields import EngineField, ItemCount, NodeReference, RecordReference, argument_values
from graphql_app.types.filters import read_id
from graphql_app.types.inputs import located
from graphql_app.types.registry import deferred_type_of, type_name_of
from graphql_app.viewer import Viewer


@strawberry.interface(
    description="Record with an ID that is unique across all types. `node(id:)` fetches it by this ID.",
)
class Node:
    """Base of all views. A row of a model is shown as the view of its class."""

    id: ID = field("ID of the record, a UUIDv7: IDs sort by creation time.")

    @classmethod
    def resolve_type(cls, row: Any, *_: Any) -> str:
        return type_name_of(type(row))


class RecordField(EngineField):
    """A field that shows records: ``key`` gives their keys, by the source and Strawberry's info."""

    def __init__(
        self, annotation: Any, description: str, key: Callable[[Any, Any], Any], *arguments: StrawberryArgument
    ) -> None:
        super().__init__(type_annotation=StrawberryAnnotation(annotation), description=description)
        self.arguments = [*arguments]
        self._key = key

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Any:
        return _loaded(info.context.loaders, self._key(source, info))

    def refer(self, source: Any, info: Any) -> Any:
        return self._key(source, info)


def _loaded(loaders: Loaders, key: Any) -> Any:
    """Return what a key stands for, each of several keys, or those that a coroutine returns."""
    match key:
        case RecordReference():
            return _record(loaders, key)
        case NodeReference():
            return loaders.node(key.id)
        case list():
            return gather(*(_loaded(loaders, each) for each in key))
    return _awaited(loaders, key)


async def _record(loaders: Loaders, key: RecordReference) -> Any:
    found = await loaders.by_id(key.model, key.id)
    if found is None and key.missing is not None:
        raise key.missing()
    return found


async def _awaited(loaders: Loaders, keys: Awaitable[Any]) -> Any:
    return await _loaded(loaders, await keys)


def by_id(model: type[Base], description: str) -> Any:
    """A root field: the record of ``model`` with the id that is given; null if the viewer's organization has none."""
    id = argument("id", ID, "ID of the record.")
    return RecordField(
        deferred_type_of(model) | None, description, lambda _, info: RecordReference(model, _given_id(info)), id
    )


def by_key(model: type[Base], key: Callable[[Any], UUID], description: str) -> Any:
    """A field of a type that is no view: the record whose id ``key`` takes from the source. It has to exist."""
    return RecordField(deferred_type_of(model), description, lambda source, _: RecordReference(model, key(source)))


def of_viewer(model: type[Base], whose: Callable[[Viewer], UUID], description: str) -> Any:
    """A field of a type that is shown from a Viewer: the record with the id that ``whose`` takes from it."""
    return RecordField(
        deferred_type_of(model), description, lambda viewer, _: RecordReference(model, whose(viewer), _gone)
    )


def _gone() -> Unauthenticated:
    return Unauthenticated("The user or the organization of the token no longer exists. Log in again.")


def _given_id(info: Any) -> UUID:
    return _id(argument_values(info._raw_info)["id"], "id")


def _id(text: str, *path: str | int) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        with located(*path):
            return read_id(text)


def _nodes(_: Any, info: Any) -> list[NodeReference]:
    ids, most = argument_values(info._raw_info)["ids"], info.context.reading.limits.page_most
    if len(ids) > most:
        raise BadUserInput(f"At most {most:,} IDs are allowed.", ["ids"])
    return [NodeReference(_id(text, "ids", index)) for index, text in enumerate(ids)]


@strawberry.type
class NodeQuery:
    """The root fields that find any record by its id."""

    node = RecordField(
        Node | None,
        "Record of any type with this ID; null if there is none.",
        lambda _, info: NodeReference(_given_id(info)),
        argument("id", ID, "ID of the record."),
    )
    nodes = RecordField(
        list[Node | None],
        "Records with these IDs, in the same order; null for each ID without a record.",
        _nodes,
        argument("ids", list[ID], "IDs of the records, at most as many as the maximum page size."),
    )
    nodes.sizing = ItemCount(("ids",))
