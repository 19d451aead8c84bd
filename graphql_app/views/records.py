"""Fields that find a record by its id: ``by_id(m.Task)``, ``node`` and ``nodes``."""

from asyncio import gather
from collections.abc import Callable
from typing import Any
from uuid import UUID

import strawberry
from strawberry import ID
from strawberry.annotation import StrawberryAnnotation

from graphql_app.database.base import Base
from graphql_app.errors import BadUserInput, Unauthenticated
from graphql_app.identity.viewer import Viewer
from graphql_app.views.described import argument, field
from graphql_app.views.fields import EngineField, NodeKey, RecordKey, argument_values
from graphql_app.views.filters import read_id
from graphql_app.views.inputs import located
from graphql_app.views.limits import Sizing
from graphql_app.views.registry import Later, name_of, view_of


@strawberry.interface(
    description="A record with an id that is unique over all types: fetch it again with `node(id:)`.",
)
class Node:
    """What every view is. A row of a model is shown as the view of its class."""

    id: ID = field("The record's id, a UUIDv7: ids sort by creation.")

    @classmethod
    def resolve_type(cls, row: Any, *_: Any) -> str:
        return name_of(type(row))


class ById(EngineField):
    """A record by its id; null when the viewer's organization has none with that id."""

    def __init__(self, model: type[Base], description: str) -> None:
        later: Any = Later(make=lambda: view_of(model))
        super().__init__(type_annotation=StrawberryAnnotation(later | None), description=description)
        self.arguments = [argument("id", ID, "The record's id.")]
        self.model = model

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Any:
        return info.context.loaders.by_id(self.model, _id(arguments["id"], "id"))

    def refer(self, source: Any, info: Any) -> RecordKey:
        return RecordKey(self.model, _id(argument_values(info._raw_info)["id"], "id"))


def by_id(model: type[Base], description: str) -> Any:
    """A root field: the record of ``model`` with the id that is given."""
    return ById(model, description)


def _id(text: str, *path: str | int) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        with located(*path):
            return read_id(text)


class Named(EngineField):
    """A record that the source, which is none, knows the id of; it has to exist."""

    def __init__(self, model: type[Base], key: Callable[[Any], UUID], description: str) -> None:
        later: Any = Later(make=lambda: view_of(model))
        super().__init__(type_annotation=StrawberryAnnotation(later), description=description)
        self.model, self.key = model, key

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Any:
        return info.context.loaders.by_id(self.model, self.key(source))

    def refer(self, source: Any, info: Any) -> RecordKey:
        return RecordKey(self.model, self.key(source))


def named(model: type[Base], key: Callable[[Any], UUID], description: str) -> Any:
    """A field of a type that is no view: the record whose id ``key`` takes from the source."""
    return Named(model, key, description)


class Mine(EngineField):
    """A record that belongs to whoever asks."""

    def __init__(self, model: type[Base], whose: Callable[[Viewer], UUID], description: str) -> None:
        later: Any = Later(make=lambda: view_of(model))
        super().__init__(type_annotation=StrawberryAnnotation(later), description=description)
        self.model, self.whose = model, whose

    async def resolve(self, source: Viewer, info: Any, arguments: dict[str, Any]) -> Any:
        found = await info.context.loaders.by_id(self.model, self.whose(source))
        if found is None:
            raise _gone()
        return found

    def refer(self, source: Viewer, info: Any) -> RecordKey:
        return RecordKey(self.model, self.whose(source), _gone)


def _gone() -> Unauthenticated:
    return Unauthenticated("The token is valid, but what it stands for is gone. Log in again.")


def mine(model: type[Base], whose: Callable[[Viewer], UUID], description: str) -> Any:
    """A field of a type that is shown from a Viewer: the record with the id that ``whose`` takes from it."""
    return Mine(model, whose, description)


class OneNode(EngineField):
    """``node(id:)``"""

    def __init__(self) -> None:
        description = "The record with this id, whatever its type; null when there is none."
        super().__init__(type_annotation=StrawberryAnnotation(Node | None), description=description)
        self.arguments = [argument("id", ID, "The record's id.")]

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Any:
        return info.context.loaders.node(_id(arguments["id"], "id"))

    def refer(self, source: Any, info: Any) -> NodeKey:
        return NodeKey(_id(argument_values(info._raw_info)["id"], "id"))


class ManyNodes(EngineField):
    """``nodes(ids:)``"""

    sizing = Sizing(("ids",))

    def __init__(self) -> None:
        description = "The records with these ids, in their order; null for each id that there is no record of."
        super().__init__(type_annotation=StrawberryAnnotation(list[Node | None]), description=description)
        self.arguments = [argument("ids", list[ID], "The records' ids, as many as a page may have records.")]

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Any:
        return gather(*(info.context.loaders.node(id) for id in self._ids(info, arguments)))

    def refer(self, source: Any, info: Any) -> list[NodeKey]:
        return [NodeKey(id) for id in self._ids(info, argument_values(info._raw_info))]

    def _ids(self, info: Any, arguments: dict[str, Any]) -> list[UUID]:
        most = info.context.reading.limits.page_most
        if len(arguments["ids"]) > most:
            raise BadUserInput(f"Ask for {most} records at most.", ["ids"])
        return [_id(text, "ids", index) for index, text in enumerate(arguments["ids"])]


@strawberry.type
class NodeQuery:
    """The root fields that find any record by its id."""

    node = OneNode()
    nodes = ManyNodes()
