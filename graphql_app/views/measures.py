"""``TaskAggregates``: sums, averages and extremes of a view's columns over a list.

Sums and averages are Decimals whatever the column, since a sum of Ints outgrows an Int.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.base import StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from graphql_app.database.base import Base
from graphql_app.loaders.groups import Measured
from graphql_app.statements.aggregates import COUNT, Measure
from graphql_app.views.fields import Column, EngineField, RestrictedColumn
from graphql_app.views.registry import name_of, view_of
from graphql_app.views.view import fields_of

NUMBERS, ORDERED = (int, Decimal), (int, Decimal, datetime, str)
FUNCTIONS: dict[str, tuple[str, str, tuple[type, ...]]] = {
    "sum": ("Sums", "The sum of each column over the list; null for an empty list.", NUMBERS),
    "avg": ("Averages", "The mean of each column over the list; null for an empty list.", NUMBERS),
    "min": ("Minimums", "The smallest or earliest value of each column; null for an empty list.", ORDERED),
    "max": ("Maximums", "The largest or latest value of each column; null for an empty list.", ORDERED),
}


class Value(EngineField):
    """One measure, read off those that were computed; null for a column that the viewer's role does not see."""

    def __init__(
        self, measure: Measure, annotation: Any, description: str, roles: frozenset[str] | None = None
    ) -> None:
        name = measure.column or measure.function
        super().__init__(name, type_annotation=StrawberryAnnotation(annotation), description=description)
        self.measure, self.roles = measure, roles

    def resolve(self, source: Measured, info: Any, arguments: dict[str, Any]) -> Any:
        if self.roles is not None and info.context.role not in self.roles:
            return None
        value = source[self.measure]
        return Decimal(value) if self.measure.function in ("sum", "avg") and value is not None else value


class Values(EngineField):
    """All measures of one function."""

    def resolve(self, source: Measured, info: Any, arguments: dict[str, Any]) -> Any:
        return source


@cache
def aggregates_type(model: type[Base]) -> type:
    """``TaskAggregates``"""
    name = name_of(model)
    attributes: dict[str, Any] = {"count": Value(COUNT, int, "How many records there are.")}
    for function, (suffix, description, kinds) in FUNCTIONS.items():
        values = _values(model, function, kinds)
        if values:
            made = strawberry.type(type(f"{name}{suffix}", (), values), description=description)
            attributes[function] = Values(function, type_annotation=StrawberryAnnotation(made), description=description)
    return strawberry.type(
        type(f"{name}Aggregates", (), attributes), description=f"Figures over a list of {name} records."
    )


def _values(model: type[Base], function: str, kinds: tuple[type, ...]) -> dict[str, Any]:
    """A field for each column of the view that the function can be computed of."""
    found = {}
    for field in columns_of(model):
        kind = shown_type(field)
        if kind in kinds:
            roles = field.roles if isinstance(field, RestrictedColumn) else None
            annotation = Decimal | None if function in ("sum", "avg") else kind | None
            measure = Measure(function, field.python_name)
            found[field.python_name] = Value(measure, annotation, field.description or "", roles)
    return found


def columns_of(model: type[Base]) -> Iterator[StrawberryField]:
    """The fields of the model's view that show a column, without its id."""
    return (field for field in fields_of(view_of(model)) if isinstance(field, (Column, RestrictedColumn)))


def shown_type(field: StrawberryField) -> Any:
    """The Python type or enum that a column's field shows, null aside."""
    kind: Any = field.type
    kind = kind.of_type if isinstance(kind, StrawberryOptional) else kind
    return kind.wrapped_cls if isinstance(kind, StrawberryEnumDefinition) else kind
