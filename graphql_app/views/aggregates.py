"""The fields of a connection that compute instead of listing: ``aggregates`` and ``groups``."""

from functools import cache
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation

from graphql_app.database.base import Base
from graphql_app.errors import BadUserInput
from graphql_app.loaders.groups import Group
from graphql_app.statements.aggregates import COUNT, Grouping, Measure
from graphql_app.views.connections import Connection
from graphql_app.views.described import argument
from graphql_app.views.fields import EngineField
from graphql_app.views.group_inputs import group_by_type, read_buckets
from graphql_app.views.group_keys import group_key_type
from graphql_app.views.inputs import located
from graphql_app.views.limits import Sizing
from graphql_app.views.measures import aggregates_type
from graphql_app.views.registry import Later, name_of
from graphql_app.views.selections import selected_measures

DEFAULT_GROUPS, MOST_GROUPS = 100, 1_000


class Aggregates(EngineField):
    """``aggregates``: one row of figures over the whole list."""

    def __init__(self, model: type[Base]) -> None:
        later: Any = Later(make=lambda: aggregates_type(model))
        description = "Figures over the whole list, under its filter."
        super().__init__("aggregates", type_annotation=StrawberryAnnotation(later), description=description)
        self.model = model

    def resolve(self, source: Connection, info: Any, arguments: dict[str, Any]) -> Any:
        return source.aggregates(selected_measures(self.model, info._raw_info))


class Groups(EngineField):
    """``groups``: the list divided by what its records have in common."""

    sizing = Sizing(("first",), DEFAULT_GROUPS, MOST_GROUPS)

    def __init__(self, model: type[Base]) -> None:
        made: Any = Later(make=lambda: group_type(model))
        description = "The list, under its filter, divided by what its records have in common; largest groups first."
        super().__init__("groups", type_annotation=StrawberryAnnotation(list[made]), description=description)
        by: Any = Later(make=lambda: group_by_type(model))
        self.arguments = [
            argument("by", list[by], "What the records of a group have in common."),
            argument("first", int | None, "How many groups at most, between 1 and 1,000; 100 unless said."),
        ]
        self.model = model

    def resolve(self, source: Connection, info: Any, arguments: dict[str, Any]) -> Any:
        context, raw = info.context, info._raw_info
        measures = selected_measures(self.model, raw, "aggregates")
        grouping = context.once((self, id(raw.field_nodes[0])), lambda: self.read(context, arguments, measures))
        return source.groups(grouping)

    def read(self, context: Any, arguments: dict[str, Any], measures: tuple[Measure, ...]) -> Grouping:
        """The grouping that the arguments ask for. Raises BadUserInput or Forbidden."""
        with located("by"):
            buckets = read_buckets(arguments["by"], self.model, context.reading)
        return Grouping(buckets, measures, _most(arguments.get("first")))


def _most(first: Any) -> int:
    most = first if isinstance(first, int) else DEFAULT_GROUPS
    if not 1 <= most <= MOST_GROUPS:
        raise BadUserInput(f"Ask for at least one and at most {MOST_GROUPS} groups.", ["first"])
    return most


class GroupPart(EngineField):
    """A part of a group: its key or its figures."""

    def resolve(self, source: Group, info: Any, arguments: dict[str, Any]) -> Any:
        return source.key if self.python_name == "key" else source.values


class GroupCount(EngineField):
    """How many records a group has."""

    def resolve(self, source: Group, info: Any, arguments: dict[str, Any]) -> Any:
        return source.values[COUNT]


@cache
def group_type(model: type[Base]) -> type:
    """``TaskGroup``"""
    name = name_of(model)
    key, figures = StrawberryAnnotation(group_key_type(model)), StrawberryAnnotation(aggregates_type(model))
    attributes = {
        "key": GroupPart("key", type_annotation=key, description="What its records have in common."),
        "count": GroupCount("count", type_annotation=StrawberryAnnotation(int), description="How many records it has."),
        "aggregates": GroupPart("aggregates", type_annotation=figures, description="Figures over its records."),
    }
    described = f"{name} records that have something in common."
    return strawberry.type(type(f"{name}Group", (), attributes), description=described)
