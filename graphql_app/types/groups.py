"""Groups of a list: possible keys, the input of ``groups(by:)`` and its translation, and the types of groups.

A list is grouped by columns, to-one relations and periods of time. The other fields of a group's key are null.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.field import StrawberryField

from graphql_app.context import Info
from graphql_app.errors import BadUserInput
from graphql_app.limits import FilterContext
from graphql_app.models.base import Base
from graphql_app.models.columns import Choice
from graphql_app.models.kinds import ColumnKind, kind_of
from graphql_app.sql.aggregates import COUNT, Bucket
from graphql_app.sql.edges import Edge, Kind
from graphql_app.types.aggregates import aggregates_type
from graphql_app.types.declarations import enum, field
from graphql_app.types.fields import EdgeField, EngineField, ObjectField, require_visible
from graphql_app.types.filter_inputs import NameCollision, given, input_field, located, make_input
from graphql_app.types.model_type import column_kind, columns_of
from graphql_app.types.registry import deferred_type_of, type_name_of, type_of_model
from graphql_app.types.scalars import annotation_of, read_time_zone
from graphql_app.types.strawberry_adapter import Arguments, enum_definition_of, fields_of


@dataclass(frozen=True, slots=True)
class Groupable:
    """Field by which lists can be grouped, and the column whose values distinguish the groups."""

    field: StrawberryField
    column: str
    kind: ColumnKind

    @property
    def edge(self) -> Edge | None:
        return self.field.edge if isinstance(self.field, EdgeField) else None

    @property
    def is_time(self) -> bool:
        return self.edge is None and self.kind.is_time


@cache
def groupables(model: type[Base]) -> dict[str, Groupable]:
    """Return the keys by which lists of the model can be grouped, by the names of the type's fields."""
    columns = [Groupable(each, each.python_name, column_kind(each, model)) for each in columns_of(model)]
    edges = [
        each for each in fields_of(type_of_model(model)) if isinstance(each, EdgeField) and each.edge.kind is Kind.ONE
    ]
    keys = {each: each.edge.parent_key for each in edges if each.edge.parent_key != "id"}
    relations = [Groupable(each, key, kind_of(model.__table__.c[key].type)) for each, key in keys.items()]
    return {each.field.python_name: each for each in (*columns, *relations)}


@enum
class TimeUnit(Choice):
    """Unit of the periods into which time is divided."""

    DAY = "DAY", "Days, starting at midnight."
    WEEK = "WEEK", "Weeks, starting on Monday."
    MONTH = "MONTH", "Months, starting on the first day."


@cache
def group_by_type(model: type[Base]) -> type:
    """Return the input of one key to group by, such as ``TaskGroupBy``."""
    name = type_name_of(model)
    found = groupables(model).values()
    columns = [each for each in found if not each.edge and not each.is_time]
    relations, times = [each for each in found if each.edge], [each for each in found if each.is_time]
    fields = []
    if columns:
        fields.append(_choice(f"{name}GroupField", columns, "field", "column"))
    if relations:
        fields.append(_choice(f"{name}GroupRelation", relations, "relation", "to-one relation"))
    if times:
        fields.append(_times(name, times))
    described = f"Key to group {name} records by: exactly one of the fields."
    return make_input(f"{name}GroupBy", described, fields, one_of=True)


def _choice(name: str, found: list[Groupable], argument: str, kind: str) -> StrawberryField:
    return input_field(argument, _names(name, found, kind) | None, f"Group by the value of a {kind}.", argument)


def _times(name: str, found: list[Groupable]) -> StrawberryField:
    attributes = {
        "__annotations__": {"field": _names(f"{name}GroupTime", found, "time"), "every": TimeUnit, "time_zone": str},
        "field": field("Time of the record that determines its period."),
        "every": field("Length of a period."),
        "time_zone": strawberry.field(
            default="UTC", description="Name of the time zone in which days start at midnight, such as Europe/Berlin."
        ),
    }
    made = strawberry.input(type(f"{name}GroupTimeInput", (), attributes), description="Periods to group by.")
    return input_field("time", made | None, "Group by the day, week or month of a time.", "time")


def _names(name: str, found: list[Groupable], kind: str) -> type[Enum]:
    values = {each.field.python_name.upper(): each.field.python_name for each in found}
    for each in found:
        other = values[each.field.python_name.upper()]
        if other != each.field.python_name:
            both = f"{each.field.python_name} and {other}"
            raise NameCollision(f"{name}: {both} are both `{other.upper()}` in the API; rename one")
    made: type[Enum] = Enum(name, values)  # type: ignore[misc]  # members that only the mapping determines
    made.__doc__ = f"{kind.capitalize()} to group by."
    for value, each in zip(enum_definition_of(enum(made)).values, found, strict=True):
        value.description = each.field.description
    return made


def read_buckets(values: list[object], model: type[Base], reading: FilterContext) -> tuple[Bucket, ...]:
    """Return the keys of a list of inputs. Raises BadUserInput or Forbidden, located in the list."""
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


def _bucket(value: object, model: type[Base], reading: FilterContext) -> Bucket:
    ((kind, _, content),) = given(value)
    chosen = groupables(model)[(content.field if kind == "time" else content).value]
    require_visible(chosen.field, reading.role)
    if kind != "time":
        return Bucket(chosen.column)
    with located("time", "timeZone"):
        zone = read_time_zone(content.time_zone)
    return Bucket(chosen.column, content.every.value.lower(), zone.key)


class GroupKeyField(EngineField):
    """Field of a group's key: the value that its records share, or null if they are not grouped by it."""

    def __init__(self, groupable: Groupable) -> None:
        edge = groupable.edge
        kind = annotation_of(groupable.kind) if edge is None else deferred_type_of(edge.target)
        super().__init__(
            groupable.field.python_name,
            type_annotation=StrawberryAnnotation(kind | None),
            description=groupable.field.description,
        )
        self.groupable = groupable

    def resolve(self, source: Mapping[str, Any], info: Info, arguments: Arguments) -> object:
        value, edge = source.get(self.groupable.column), self.groupable.edge
        return value if value is None or edge is None else info.context.loaders.by_id(edge.target, value)


@cache
def group_key_type(model: type[Base]) -> type:
    """Return the type of the values that the records of a group share, such as ``TaskGroupKey``."""
    name = type_name_of(model)
    attributes = {each: GroupKeyField(groupable) for each, groupable in groupables(model).items()}
    described = f"Key of a group of {name} records. Fields that the list is not grouped by are null."
    return strawberry.type(type(f"{name}GroupKey", (), attributes), description=described)


@cache
def group_type(model: type[Base]) -> type:
    """Return the type of a group, such as ``TaskGroup``."""
    name = type_name_of(model)
    attributes = {
        "key": ObjectField(
            "key", group_key_type(model), "Key that the records of the group share.", lambda group, _: group.key
        ),
        "count": ObjectField("count", int, "Number of records in the group.", lambda group, _: group.values[COUNT]),
        "aggregates": ObjectField(
            "aggregates",
            aggregates_type(model),
            "Aggregates over the records of the group.",
            lambda group, _: group.values,
        ),
    }
    described = f"Group of {name} records with the same key."
    return strawberry.type(type(f"{name}Group", (), attributes), description=described)
