"""``groups(by:)``: the input that says what a list is grouped by, and what it means.

A list is grouped by columns, by to-one relations and by stretches of time.
"""

from enum import Enum
from functools import cache
from typing import Any

import strawberry
from strawberry.types.field import StrawberryField

from graphql_app.database.base import Base
from graphql_app.database.columns import Choice
from graphql_app.errors import BadUserInput
from graphql_app.statements.aggregates import Bucket
from graphql_app.views.described import enum, field
from graphql_app.views.fields import refuse_unless_visible
from graphql_app.views.filters import Reading
from graphql_app.views.groupables import Groupable, groupables
from graphql_app.views.inputs import NameCollision, given, input_field, located, make_input
from graphql_app.views.registry import name_of
from graphql_app.views.time_zones import read_time_zone


@enum
class TimeUnit(Choice):
    """How long the stretches are that time is divided into."""

    DAY = "DAY", "Days, from midnight."
    WEEK = "WEEK", "Weeks, from Monday."
    MONTH = "MONTH", "Months, from the first."


@cache
def group_by_type(model: type[Base]) -> type:
    """``TaskGroupBy``: one thing to group by."""
    name = name_of(model)
    found = groupables(model).values()
    fields = [
        _choice(f"{name}GroupField", [each for each in found if not each.edge and not each.is_time], "field", "column"),
        _choice(f"{name}GroupRelation", [each for each in found if each.edge], "relation", "to-one relation"),
        _times(name, [each for each in found if each.is_time]),
    ]
    described = f"One thing that {name} records have in common in a group."
    return make_input(f"{name}GroupBy", described, [each for each in fields if each is not None], one_of=True)


def _choice(name: str, found: list[Groupable], argument: str, what: str) -> StrawberryField | None:
    if not found:
        return None
    chosen: Any = _names(name, found, what)
    return input_field(argument, chosen | None, f"The same value of a {what}.", argument)


def _times(name: str, found: list[Groupable]) -> StrawberryField | None:
    if not found:
        return None
    attributes = {
        "__annotations__": {"field": _names(f"{name}GroupTime", found, "moment"), "every": TimeUnit, "time_zone": str},
        "field": field("Which moment of a record counts."),
        "every": field("How long the stretches of time are."),
        "time_zone": strawberry.field(
            default="UTC", description="Where days begin at midnight, such as Europe/Berlin."
        ),
    }
    made: Any = strawberry.input(type(f"{name}GroupTimeInput", (), attributes), description="Stretches of time.")
    return input_field("time", made | None, "The same stretch of time.", "time")


def _names(name: str, found: list[Groupable], what: str) -> Any:
    values = {each.field.python_name.upper(): each.field.python_name for each in found}
    for each in found:
        other = values[each.field.python_name.upper()]
        if other != each.field.python_name:
            both = f"{each.field.python_name} and {other}"
            raise NameCollision(f"{name}: {both} are both `{other.upper()}` in the API; rename one")
    kind = Enum(name, values)  # type: ignore[misc]
    kind.__doc__ = f"A {what} to group by."
    made: Any = enum(kind)
    for value, each in zip(made.__strawberry_definition__.values, found, strict=True):
        value.description = each.field.description
    return made


def read_buckets(values: list[Any], model: type[Base], reading: Reading) -> tuple[Bucket, ...]:
    """What a list of inputs says to group by. Raises BadUserInput or Forbidden, locating it."""
    if not 1 <= len(values) <= reading.limits.order_keys:
        raise BadUserInput(f"A list is grouped by at least one and at most {reading.limits.order_keys} things.")
    buckets: dict[str, Bucket] = {}
    for index, value in enumerate(values):
        with located(index):
            bucket = _bucket(value, model, reading)
            if bucket.column in buckets:
                raise BadUserInput("The list is grouped by this already.")
            buckets[bucket.column] = bucket
    return tuple(buckets.values())


def _bucket(value: Any, model: type[Base], reading: Reading) -> Bucket:
    ((kind, _, content),) = given(value)
    chosen = groupables(model)[(content.field if kind == "time" else content).value]
    refuse_unless_visible(chosen.field, reading.role)
    if kind != "time":
        return Bucket(chosen.column)
    with located("time", "timeZone"):
        zone = read_time_zone(content.time_zone)
    return Bucket(chosen.column, content.every.value.lower(), zone.key)
