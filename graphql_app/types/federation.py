"""Root fields of a subgraph of Apollo Federation 2, for gateways.

Every type with an ID is an entity, whose key is the ID. A gateway requests entities by representations, which have the
name of a type and the key. https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from graphql_app.context import Info
from graphql_app.errors import BadUserInput, Forbidden, RequestError, ValueLimit
from graphql_app.models.base import Base
from graphql_app.plan.fields import RecordReference, argument_values
from graphql_app.strawberry_adapter import Arguments, Source, raw_info
from graphql_app.types.costs import RECORD_OF_MANY, ItemCount
from graphql_app.types.declarations import argument, field
from graphql_app.types.fields import EngineField
from graphql_app.types.records import RecordField, id_of
from graphql_app.types.registry import type_name_of, type_of_model
from graphql_app.types.relations import union_of
from graphql_app.types.sdl import ENTITIES, SERVICE, printed, subgraph_sdl

SPECIFICATION = "https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec"
HIDDEN_SDL = "The schema is hidden. Compose the output of `workline schema --federation` instead."
KEY = "id"


@dataclass(frozen=True, slots=True)
class Federation:
    """Options of a subgraph. With ``is_hidden``, gateways cannot request its SDL."""

    is_hidden: bool = False


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("Must be an object with `__typename` and `id`.")
    return value


Representation = NewType("Representation", dict[str, Any])
"""Object with ``__typename`` and the key of an entity."""
SCALARS_OF_GATEWAYS: Mapping[object, ScalarDefinition] = {
    Representation: strawberry.scalar(
        name="_Any",
        description="Representation of an entity: an object with `__typename` and `id`.",
        specified_by_url=SPECIFICATION,
        serialize=lambda value: value,
        parse_value=_object,
    )
}


@strawberry.type(name="_Service", description="Subgraph of a federated graph.")
class SubgraphService:
    """Value of ``_service``."""

    sdl: str = field("Schema with the directives of Apollo Federation.")


class ServiceField(EngineField):
    """Field with the SDL of the subgraph. It requires no login, unless the SDL is hidden."""

    def __init__(self, *, is_hidden: bool) -> None:
        super().__init__(SubgraphService, "Schema of the subgraph, for gateways that compose it when they start.")
        self.graphql_name, self._is_hidden = SERVICE, is_hidden
        self.metadata = {**self.metadata, "public": not is_hidden}  # type: ignore[assignment]  # a plain mapping

    def resolve(self, source: Source, info: Info, arguments: Arguments) -> object:
        if self._is_hidden:
            raise Forbidden(HIDDEN_SDL)
        return _service(info.schema)


async def _service(schema: strawberry.Schema) -> SubgraphService:
    return SubgraphService(sdl=await asyncio.to_thread(_sdl, schema))


@cache
def _sdl(schema: strawberry.Schema) -> str:
    return subgraph_sdl(printed(schema))


class EntitiesField(RecordField):
    """Field with the records of representations, read by one statement per type."""

    sizing, weight = ItemCount(("representations",)), RECORD_OF_MANY

    def __init__(self, models: Sequence[type[Base]]) -> None:
        entity = union_of("_Entity", [partial(type_of_model, each) for each in models], "Record with a key.")
        super().__init__(
            list[entity | None],  # type: ignore[valid-type]  # a type that depends on the models
            "Records with these keys, in the same order; null for each one without a record. A malformed "
            "representation is an error of its entry.",
            self._references,
            argument("representations", list[Representation], "Names of types with IDs of their records."),
        )
        self.graphql_name, self._models = ENTITIES, models

    def _references(self, _: Source, info: Info) -> list[RecordReference | RequestError]:
        """Return a reference for each representation, or the error in its place, which does not affect the others."""
        given, most = argument_values(raw_info(info))["representations"], info.context.limits.entities_most
        if len(given) > most:
            message = f"At most {most:,} representations are allowed."
            raise BadUserInput(message, ["representations"], ValueLimit(max_items=most))
        models = {type_name_of(each): each for each in self._models}
        return [_reference(each, models, index) for index, each in enumerate(given)]


def _reference(
    given: Mapping[str, object], models: Mapping[str, type[Base]], index: int
) -> RecordReference | RequestError:
    place, name, id = ("representations", index), given.get("__typename"), given.get(KEY)
    model = models.get(name) if isinstance(name, str) else None
    if model is None:
        return BadUserInput("Must be the name of a type with an ID.", (*place, "__typename"))
    if not isinstance(id, str):
        return BadUserInput("Must be the ID of a record.", (*place, KEY))
    try:
        return RecordReference(model, id_of(id, *place, KEY))
    except RequestError as error:
        return error


def federation_query(models: Sequence[type[Base]], federation: Federation) -> type:
    """Return the root type with the fields for gateways, to be merged into the root type of queries.

    The rows of ``models`` are the entities.
    """
    fields = {"service": ServiceField(is_hidden=federation.is_hidden), "entities": EntitiesField(models)}
    return strawberry.type(type("FederationQuery", (), fields))
