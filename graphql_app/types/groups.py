"""Groups of a list: what it can be grouped by, the input of ``groups(by:)`` and its meaning, and the types of groups.

A list is grouped by columns, by to-one relations and by stretches of time. All else of a group's key is null.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.field import StrawberryField

from graphql_app.errors import BadUserInput
from graphql_app.limits import FilterContext
from graphql_app.models.base import Base
from graphql_app.models.columns import Choice
from graphql_app.sql.aggregates import COUNT, Bucket
from graphql_app.sql.edges import Edge, Kind
from graphql_app.types.aggregates import aggregates_type
from graphql_app.types.descriptions import enum, field
from graphql_app.types.fields import EdgeField, EngineField, ObjectField, refuse_unless_visible
from graphql_app.types.inputs import NameCollision, given, input_field, located, make_input
from graphql_app.types.model_type import columns_of, fields_of, shown_type
from graphql_app.types.registry import deferred_type_of, type_name_of, type_of_model
from graphql_app.types.scalars import read_time_zone


@dataclass(frozen=True, slots=True)
class Groupable:
    """A field of a view that lists can be grouped by, and the column whose values tell groups apart."""

    field: StrawberryField
    column: str

    @property
    def edge(self) -> Edge | None:
        return self.field.edge if isinstance(self.field, EdgeField) else None

    @property
    def is_time(self) -> bool:
        return self.edge is None and shown_type(self.field) is datetime


@cache
def groupables(model: type[Base]) -> dict[str, Groupable]:
    """Return the keys by which lists of the model can be grouped, by the names of the view's fields."""
    columns = [Groupable(each, each.python_name) for each in columns_of(model)]
    edges = [
        each for each in fields_of(type_of_model(model)) if isinstance(each, EdgeField) and each.edge.kind is Kind.ONE
    ]
    relations = [Groupable(each, each.edge.parent_key) for each in edges if each.edge.parent_key != "id"]
    return {each.field.python_name: each for each in (*columns, *relations)}


@enum
class TimeUnit(Choice):
    """Unit of the periods into which time is divided."""

    DAY = "DAY", "Days, starting at midnight."
    WEEK = "WEEK", "Weeks, starting on Monday."
    MONTH = "MONTH", "Months, starting on the first day."


@cache
def group_by_type(model: type[Base]) -> type:
    """``TaskGroupBy``: one thing to group by."""
    name = type_name_of(model)
    found = groupables(model).values()
    fields = [
        _choice(f"{name}GroupField", [each for each in found if not each.edge and not each.is_time], "field", "column"),
        _choice(f"{name}GroupRelation", [each for each in found if each.edge], "relation", "to-one relation"),
        _times(name, [each for each in found if each.is_time]),
    ]
    described = f"Key to group {name} records by: exactly one of the fields."
    return make_input(f"{name}GroupBy", described, [each for each in fields if each is not None], one_of=True)


def _choice(name: str, found: list[Groupable], argument: str, what: str) -> StrawberryField | None:
    if not found:
        return None
    chosen: Any = _names(name, found, what)
    return input_field(argument, chosen | None, f"Group by the value of a {what}.", argument)


def _times(name: str, found: list[Groupable]) -> StrawberryField | None:
    if not found:
        return None
    attributes = {
        "__annotations__": {"field": _names(f"{name}GroupTime", found, "time"), "every": TimeUnit, "time_zone": str},
        "field": field("Time of the record that determines its period."),
        "every": field("Length of a period."),
        "time_zone": strawberry.field(
            default="UTC", description="Name of the time zone in which days start at midnight, such as Europe/Berlin."
        ),
    }
    made: Any = strawberry.input(type(f"{name}GroupTimeInput", (), attributes), description="Periods to group by.")
    return input_field("time", made | None, "Group by the day, week or month of a time.", "time")


def _names(name: str, found: list[Groupable], what: str) -> Any:
    values = {each.field.python_name.upper(): each.field.python_name for each in found}
    for each in found:
        other = values[each.field.python_name.upper()]
        if other != each.field.python_name:
            both = f"{each.field.python_name} and {other}"
            raise NameCollision(f"{name}: {both} are both `{other.upper()}` in the API; rename one")
    kind = Enum(name, values)  # type: ignore[misc]
    kind.__doc__ = f"{what.capitalize()} to group by."
    made: Any = enum(kind)
    for value, each in zip(made.__strawberry_definition__.values, found, strict=True):
        value.description = each.field.description
    return made


def read_buckets(values: list[Any], model: type[Base], reading: FilterContext) -> tuple[Bucket, ...]:
    """What a list of inputs says to group by. Raises BadUserInput or Forbidden, locating it."""
    if not 1 <= len(values) <= reading.limits.order_keys:
        raise BadUserInput(f"Number of keys to group by must be 1-{reading.limits.order_keys}.")
    buckets: dict[str, Bucket] = {}
    for index, value in enumerate(values):
        with located(index):
            bucket = _bucket(value, model, reading)
            if bucket.column in buckets:
                raise BadUserInput("Duplicate key to group by.")
            buckets[bucket.column] = bucket
    return tuple(buckets.values())


def _bucket(value: Any, model: type[Base], reading: FilterContext) -> Bucket:
    ((kind, _, content),) = given(value)
    chosen = groupables(model)[(content.field if kind == "time" else content).value]
    refuse_unless_visible(chosen.field, reading.role)
    if kind != "time":
        return Bucket(chosen.column)
    with located("time", "timeZone"):
        zone = read_time_zone(content.time_zone)
    return Bucket(chosen.column, content.every.value.lower(), zone.key)


class GroupKeyField(EngineField):
    """A field of a group's key: the value that its records share, null when they are not grouped by it."""

    def __init__(self, groupable: Groupable) -> None:
        edge = groupable.edge
        shown: Any = shown_type(groupable.field) if edge is None else deferred_type_of(edge.target)
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
    name = type_name_of(model)
    attributes = {each: GroupKeyField(groupable) for each, groupable in groupables(model).items()}
    described = f"Key of a group of {name} records. Fields that the list is not grouped by are null."
    return strawberry.type(type(f"{name}GroupKey", (), attributes), description=described)


@cache
def group_type(model: type[Base]) -> type:
    """``TaskGroup``"""
    name = type_name_of(model)
    figures = aggregates_type(model)
    attributes = {
        "key": ObjectField(
            "key", group_key_type(model), "Key that the records of the group share.", lambda group, _: group.key
        ),
        "count": ObjectField("count", int, "Number of records in the group.", lambda group, _: group.values[COUNT]),
        "aggregates": ObjectField(
            "aggregates", figures, "Aggregates over the records of the group.", lambda group, _: group.values
        ),
    }
    described = f"Group of {name} records with the same key."
    return strawberry.type(type(f"{name}Group", (), attributes), description=described)
