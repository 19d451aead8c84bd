"""The key of a group: what its records share. All else of it is null."""

from functools import cache
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation

from graphql_app.database.base import Base
from graphql_app.views.fields import EngineField
from graphql_app.views.groupables import Groupable, groupables
from graphql_app.views.measures import shown_type
from graphql_app.views.registry import Later, name_of, view_of


class KeyPart(EngineField):
    """A field of a group's key: the value that its records share, null when they are not grouped by it."""

    def __init__(self, groupable: Groupable) -> None:
        edge = groupable.edge
        shown: Any = shown_type(groupable.field) if edge is None else Later(make=lambda: view_of(edge.target))
        super().__init__(
            groupable.field.python_name,
            type_annotation=StrawberryAnnotation(shown | None),
            description=groupable.field.description,
        )
        self.groupable = groupable

    def resolve(self, source: dict[str, Any], info: Any, arguments: dict[str, Any]) -> Any:
        value, edge = source.get(self.groupable.column), self.groupable.edge
        return value if value is None or edge is None else info.context.loaders.by_id(edge.target, value)


@cache
def group_key_type(model: type[Base]) -> type:
    """``TaskGroupKey``: what the records of a group have in common."""
    name = name_of(model)
    attributes = {each: KeyPart(groupable) for each, groupable in groupables(model).items()}
    described = f"What the {name} records of a group share: what they are grouped by; all else is null."
    return strawberry.type(type(f"{name}GroupKey", (), attributes), description=described)
