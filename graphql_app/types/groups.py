"""Groups of a list: possible keys, the input of ``groups(by:)`` and its translation, and the types of groups.

A list is grouped by columns, to-one relations and periods of time. The other fields of a group's key are null.
"""

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any

import strawberry
from graphql import GraphQLField

from graphql_app.authorization import requirement_of
from graphql_app.context import Info
from graphql_app.errors import BadUserInput, ValueLimit
from graphql_app.limits import FilterContext
from graphql_app.models.base import Base
from graphql_app.models.columns import Choice
from graphql_app.models.kinds import kind_of
from graphql_app.models.kinds.kind import Conversion
from graphql_app.models.values import known_value
from graphql_app.plan.connection_code import GroupsCode
from graphql_app.plan.fields import Nodes
from graphql_app.sql.aggregates import COUNT, Bucket
from graphql_app.strawberry_adapter import Annotation, Arguments, enum_definition_of
from graphql_app.types.aggregates import aggregates_type
from graphql_app.types.declarations import enum, field
from graphql_app.types.fields import EngineField, ObjectField, engine_fields
from graphql_app.types.filter_inputs import NameCollision, given, input_field, located, make_input
from graphql_app.types.registry import type_name_of
from graphql_app.types.requirements import printed, restrict
from graphql_app.types.scalars import read_time_zone

__all__ = ["TimeUnit"]

ARGUMENTS = {"field": ("Field", "column"), "relation": ("Relation", "to-one relation"), "time": ("Time", "time")}
"""Fields of the input of ``groups(by:)``, with the suffix of an enum and the kind of keys that are its values."""


class GroupKeyField(EngineField):
    """Field of a group's key: the value that its records share, or null if the list is not grouped by it.

    ``argument`` of ``groups(by:)`` requests it for ``field``; the values of ``column`` distinguish the groups. ``show``
    is the column's conversion.
    """

    def __init__(
        self, field: EngineField, column: str, annotation: Annotation, argument: str, show: Conversion | None = None
    ) -> None:
        super().__init__(annotation | None, field.description, name=field.python_name)
        self.field, self.column, self.argument = field, column, argument
        self.graphql_name, self.show = field.graphql_name, show
        restrict(self, requirement_of(field))

    def resolve(self, source: Mapping[str, Any], info: Info, arguments: Arguments) -> object:
        value = source.get(self.column)
        return value if value is None or self.show is None else self.show(value)

    def expression(self, owner: GroupsCode, definition: GraphQLField, nodes: Nodes) -> str:
        kind = kind_of(known_value(owner.model, self.column).type)
        return owner.compiler.converted(f"g.get({self.column!r})", kind.native)


@cache
def group_keys(model: type[Base]) -> dict[str, GroupKeyField]:
    """Return the keys by which lists of the model can be grouped, by the names of the type's fields: columns first."""
    keys = [key for field in engine_fields(model) if (key := field.group_key(model)) is not None]
    return {key.python_name: key for key in sorted(keys, key=lambda key: key.argument == "relation")}


@enum
class TimeUnit(Choice):
    """Length of a period."""

    DAY = "DAY", "Days, starting at midnight."
    WEEK = "WEEK", "Weeks, starting on Monday."
    MONTH = "MONTH", "Months, starting on the first day."


@cache
def group_by_type(model: type[Base]) -> type:
    """Return the input of one key to group by, such as ``TaskGroupBy``."""
    name, fields = type_name_of(model), []
    for argument, (suffix, kind) in ARGUMENTS.items():
        keys = [key for key in group_keys(model).values() if key.argument == argument]
        if keys:
            annotation, meaning = _names(f"{name}Group{suffix}", keys, kind), f"the value of a {kind}"
            if argument == "time":
                annotation, meaning = _times(name, annotation), "the day, week or month of a time"
            fields.append(input_field(argument, annotation | None, f"Group by {meaning}.", argument))
    described = f"Key to group {name} records by: exactly one of the fields."
    return make_input(f"{name}GroupBy", described, fields, one_of=True)


def _times(name: str, times: type[Enum]) -> type:
    attributes = {
        "__annotations__": {"field": times, "every": TimeUnit, "time_zone": str},
        "field": field("Time field to group by."),
        "every": field("Length of a period."),
        "time_zone": strawberry.field(
            default="UTC", description="Name of the time zone in which days start at midnight, such as Europe/Berlin."
        ),
    }
    return strawberry.input(type(f"{name}GroupTimeInput", (), attributes), description="Periods to group by.")


def _names(name: str, keys: list[GroupKeyField], kind: str) -> type[Enum]:
    values = {key.python_name.rstrip("_").upper(): key.python_name for key in keys}
    for key in keys:
        other = values[key.python_name.rstrip("_").upper()]
        if other != key.python_name:
            both = f"{key.python_name} and {other}"
            raise NameCollision(f"{name}: {both} are both `{other.upper()}` in the API; rename one")
    choices: type[Enum] = Enum(name, values)  # type: ignore[misc]  # members that only the mapping determines
    choices.__doc__ = f"{kind.capitalize()} to group by."
    for value, key in zip(enum_definition_of(enum(choices)).values, keys, strict=True):
        requirement, value.description = requirement_of(key.field), key.description
        if requirement is not None:
            value.description, value.directives = f"{key.description} {requirement.message}", (printed(requirement),)
    return choices


def read_buckets(values: list[object], model: type[Base], context: FilterContext) -> tuple[Bucket, ...]:
    """Return the keys of a list of inputs. Raises BadUserInput or Forbidden, located in the list."""
    if not 1 <= len(values) <= context.limits.order_keys:
        limit = ValueLimit(min_items=1, max_items=context.limits.order_keys)
        raise BadUserInput(f"Number of keys to group by must be 1-{limit.max_items}.", limit=limit)
    buckets: dict[str, Bucket] = {}
    for index, value in enumerate(values):
        with located(index):
            bucket = _bucket(value, model, context)
            if bucket.column in buckets:
                raise BadUserInput("Duplicate key to group by.")
            buckets[bucket.column] = bucket
    return tuple(buckets.values())


def _bucket(value: object, model: type[Base], context: FilterContext) -> Bucket:
    ((argument, _, content),) = given(value)
    key = group_keys(model)[(content.field if argument == "time" else content).value]
    key.field.require_visible(context)
    if argument != "time":
        return Bucket(key.column)
    with located("time", "timeZone"):
        zone = read_time_zone(content.time_zone)
    return Bucket(key.column, content.every.value.lower(), zone.key)


@cache
def group_key_type(model: type[Base]) -> type:
    """Return the type of the values that the records of a group share, such as ``TaskGroupKey``."""
    name = type_name_of(model)
    described = f"Key of a group of {name} records. Fields that the list is not grouped by are null."
    return strawberry.type(type(f"{name}GroupKey", (), dict(group_keys(model))), description=described)


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
