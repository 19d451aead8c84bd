"""``TaskAggregates``: sums, averages, minimums and maximums of columns over a list, and the selected measures.

Sums and averages are Decimals for every column, because a sum of Ints can exceed an Int.
"""

from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from typing import Any

import strawberry
from graphql import FieldNode, GraphQLField, GraphQLResolveInfo

from graphql_app.authorization import Requirement
from graphql_app.context import Info
from graphql_app.loaders import Measured
from graphql_app.models.base import Base
from graphql_app.models.kinds.kind import Aggregate, Conversion
from graphql_app.plan.connection_code import AggregatesCode
from graphql_app.plan.fields import Nodes, object_type
from graphql_app.plan.selection import selected_fields
from graphql_app.sql.aggregates import COUNT, Measure
from graphql_app.strawberry_adapter import Annotation, Arguments
from graphql_app.types.fields import EngineField, ObjectField, engine_fields
from graphql_app.types.filter_inputs import api_name
from graphql_app.types.registry import type_name_of
from graphql_app.types.requirements import restrict
from graphql_app.types.scalars import annotation_of

__all__ = ["is_selected"]

FUNCTIONS = {
    "sum": ("Sums", "Sum of each column over the list; null for an empty list."),
    "avg": ("Averages", "Mean of each column over the list; null for an empty list."),
    "min": ("Minimums", "Smallest or earliest value of each column; null for an empty list."),
    "max": ("Maximums", "Largest or latest value of each column; null for an empty list."),
}


class MeasureField(EngineField):
    """One of the computed measures, with the requirement of its column.

    ``aggregate`` is the function of the column's kind, and None for the number of records.
    """

    def __init__(
        self,
        measure: Measure,
        description: str,
        aggregate: Aggregate | None = None,
        requirement: Requirement | None = None,
    ) -> None:
        annotation: Annotation = int if aggregate is None else annotation_of(aggregate.kind) | None
        super().__init__(annotation, description, name=measure.column or measure.function)
        self.measure, self.aggregate = measure, aggregate
        restrict(self, requirement)

    @cached_property
    def native(self) -> Conversion | None:
        """Conversion of the driver's value to the response value; None if they are the same."""
        if self.aggregate is None:
            return None
        read, native = self.aggregate.read, self.aggregate.kind.native
        write = native.get if isinstance(native, Mapping) else native
        return write if read is None else read if write is None else lambda value: write(read(value))

    def resolve(self, source: Measured, info: Info, arguments: Arguments) -> object:
        value, read = source[self.measure], None if self.aggregate is None else self.aggregate.read
        return value if read is None or value is None else read(value)

    def expression(self, owner: AggregatesCode, definition: GraphQLField, nodes: Nodes) -> str:
        value, constant = owner.measure(self.measure), owner.compiler.draft.constant
        if self.native is not None:
            value = f"measure({value}, {constant('convert', self.native)})"
        return value


class ValuesField(ObjectField):
    """Values of one function, read from the same object as the values of the other functions."""

    def resolve(self, source: Measured, info: Info, arguments: Arguments) -> Measured:
        return source

    def expression(self, owner: AggregatesCode, definition: GraphQLField, nodes: Nodes) -> str:
        return owner.compiler.build(object_type(definition), nodes, owner)


@cache
def aggregates_type(model: type[Base]) -> type:
    """Return the type of aggregates over the model's records, such as ``TaskAggregates``."""
    name, fields = type_name_of(model), engine_fields(model)
    attributes: dict[str, EngineField] = {"count": MeasureField(COUNT, "Number of records.")}
    for function, (suffix, description) in FUNCTIONS.items():
        measures = {field.python_name: field.measure_field(function, model) for field in fields}
        values = {name: each for name, each in measures.items() if each is not None}
        if values:
            annotation = strawberry.type(type(f"{name}{suffix}", (), values), description=description)
            attributes[function] = ValuesField(function, annotation, description)
    return strawberry.type(type(f"{name}Aggregates", (), attributes), description=f"Aggregates over {name} records.")


def selected_measures(model: type[Base], info: GraphQLResolveInfo[Any], *below: str) -> tuple[Measure, ...]:
    """Return the selected measures and the count; ``below`` is the path of fields that leads to them.

    A field that a directive skips is treated as selected: an unused measure is harmless.
    """
    chosen = _inside(_below(info, below), info)
    names = _column_names(model)
    selected = {
        Measure(node.name.value, names[column.name.value]): None
        for node in chosen
        if node.name.value in FUNCTIONS
        for column in _inside([node], info)
        if column.name.value in names
    }
    return (COUNT, *selected)


def is_selected(info: GraphQLResolveInfo[Any], *below: str) -> bool:
    """Return True if the field selects a field to which ``below`` leads, including skipped ones."""
    return bool(_below(info, below))


def _below(info: GraphQLResolveInfo[Any], names: Iterable[str]) -> list[FieldNode]:
    chosen = list(info.field_nodes)
    for name in names:
        chosen = [node for node in _inside(chosen, info) if node.name.value == name]
    return chosen


@cache
def _column_names(model: type[Base]) -> dict[str, str]:
    return {api_name(field): field.python_name for field in engine_fields(model)}


def _inside(nodes: Iterable[FieldNode], info: GraphQLResolveInfo[Any]) -> list[FieldNode]:
    """Return the fields that are selected in ``nodes``, each fragment entered once."""
    seen: set[str] = set()
    return [each for node in nodes for each in selected_fields(node.selection_set, info.fragments.get, seen)]
