"""Filters: the input type of a view, made from its fields, and its translation into a condition.

Whatever a view shows can be filtered by: its columns with comparators, its to-one edges by a filter of the far view
(or by the id that leads there), its to-many edges by how many of the far rows match.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any
from uuid import UUID

from strawberry import ID
from strawberry.types.field import StrawberryField

from graphql_app.errors import BadUserInput
from graphql_app.limits import FilterContext
from graphql_app.models.base import Base
from graphql_app.models.columns import fits, numbers_of
from graphql_app.sql.conditions import And, Compare, Condition, Not, Or, Quantifier, Related
from graphql_app.sql.edges import Edge, Kind
from graphql_app.sql.parameters import Given
from graphql_app.types.descriptions import enum
from graphql_app.types.fields import ColumnField, EngineField, RestrictedField, refuse_unless_visible
from graphql_app.types.inputs import given, input_field, located, make_input
from graphql_app.types.model_type import fields_of
from graphql_app.types.registry import DeferredType, type_name_of, type_of_model

EQUALITY = ("eq", "neq", "in", "nin", "isNull")
RANGE = ("lt", "lte", "gt", "gte")
TEXT = ("contains", "containsIgnoreCase", "startsWith")

DESCRIPTIONS = {
    "eq": "Equal to this value.",
    "neq": "Not equal to this value; includes null.",
    "in": "One of these values.",
    "nin": "None of these values; includes null.",
    "isNull": "Null if true, not null if false.",
    "lt": "Less than, or earlier than, this value.",
    "lte": "At most, or no later than, this value.",
    "gt": "Greater than, or later than, this value.",
    "gte": "At least, or no earlier than, this value.",
    "contains": "Contains this text (case-sensitive).",
    "containsIgnoreCase": "Contains this text (case-insensitive).",
    "startsWith": "Starts with this text (case-sensitive).",
}
COMPARED: dict[type, tuple[str, Any, tuple[str, ...]]] = {
    UUID: ("ID", ID, EQUALITY),
    str: ("String", str, (*EQUALITY, *TEXT, *RANGE)),
    int: ("Int", int, (*EQUALITY, *RANGE)),
    bool: ("Boolean", bool, ("eq", "neq", "isNull")),
    datetime: ("DateTime", datetime, (*EQUALITY, *RANGE)),
    Decimal: ("Decimal", Decimal, (*EQUALITY, *RANGE)),
}


@cache
def comparators(kind: Any) -> type:
    """The input that compares columns of the Python type ``kind``."""
    if issubclass(kind, Enum):
        definition: Any = enum(kind)
        return _comparators(definition.__strawberry_definition__.name, kind, EQUALITY)
    return _comparators(*COMPARED[kind])


def _comparators(name: str, kind: Any, operators: tuple[str, ...]) -> type:
    fields = []
    for operator in operators:
        annotation = {"in": list[kind], "nin": list[kind], "isNull": bool}.get(operator, kind)
        # `in` is no Python name
        fields.append(input_field(f"{operator}_", annotation | None, DESCRIPTIONS[operator], operator, operator))
    return make_input(f"{name}Filter", f"Comparison of {name} values. All given conditions must hold.", fields)


def comparable_value(value: Any, column: Any) -> Any:
    """``value`` as the column's Python type, certain to fit the column. Raises BadUserInput."""
    if isinstance(value, Given):
        return value.then(lambda each: comparable_value(each, column))
    kind = column.type.python_type
    if kind is UUID:
        return read_id(value)
    if not fits(value, column.type):
        raise BadUserInput(f"Must be {numbers_of(column.type)}.")
    return value


def read_id(value: str) -> UUID:
    """The id that a text names. Raises BadUserInput."""
    try:
        return UUID(value)
    except ValueError:
        raise BadUserInput("Must be an ID.") from None


Meaning = Callable[[Any, FilterContext], Condition]


@cache
def filter_type(model: type[Base]) -> type:
    """The filter input of the view of ``model``, such as ``TaskFilter``."""
    name, view, fields = type_name_of(model), fields_of(type_of_model(model)), _combinators(model)
    shown = {each.python_name for each in view if isinstance(each, ColumnField | RestrictedField)}
    edges: list[Edge] = []
    for each in view:
        if isinstance(each, ColumnField | RestrictedField) or each.python_name == "id":
            fields.append(_column_field(each, each.python_name, model, each.description or ""))
        for edge in each.edges if isinstance(each, EngineField) else ():
            if edge in edges:
                continue  # a view may show one relationship under two names
            edges.append(edge)
            fields.append(_edge_field(edge, each.description or ""))
            if edge.kind is Kind.ONE and edge.parent_key not in shown | {"id", "organization_id"}:
                # the key, once: a column that the view shows is compared as the view shows it
                shown.add(edge.parent_key)
                comment = str(model.__table__.c[edge.parent_key].comment)
                fields.append(_column_field(None, edge.parent_key, model, comment))
    return make_input(f"{name}Filter", f"Filter of {name} records. All given conditions must hold.", fields)


def deferred_filter_of(model: type[Base]) -> DeferredType:
    """The filter input, made when the schema is built (filters of two views may refer to each other)."""
    return DeferredType(make=lambda: filter_type(model))


def read_filter(value: Any, reading: FilterContext) -> Condition:
    """The condition that a filter input stands for. Raises BadUserInput or Forbidden, located in the filter."""
    inner, parts = reading.deeper(), []
    reading.count()
    for name, meaning, content in given(value):
        with located(name):
            if content is None:
                raise BadUserInput("Must not be null. Use `isNull` to find null values.")
            parts.append(meaning(content, inner))
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _combinators(model: type[Base]) -> list[StrawberryField]:
    own: Any = deferred_filter_of(model)
    return [
        input_field("and_", list[own] | None, "All of these filters match.", lambda *given: And(_each(*given)), "and"),
        input_field(
            "or_", list[own] | None, "At least one of these filters matches.", lambda *given: Or(_each(*given)), "or"
        ),
        input_field("not_", own | None, "This filter does not match.", lambda *given: Not(read_filter(*given)), "not"),
    ]


def _each(values: list[Any], reading: FilterContext) -> tuple[Condition, ...]:
    parts = []
    for index, value in enumerate(reading.bounded(values)):
        with located(index):
            parts.append(read_filter(value, reading))
    return tuple(parts)


def _column_field(field: StrawberryField | None, name: str, model: type[Base], description: str) -> StrawberryField:
    column = model.__table__.c[name]

    kind: Any = column.type.python_type
    later: Any = comparators(kind)

    def read(value: Any, reading: FilterContext) -> Condition:
        if field is not None:
            refuse_unless_visible(field, reading.role)
        return And(tuple(_comparison(name, column, *entry, reading) for entry in given(value)))

    return input_field(name, later | None, description, read)


def _comparison(name: str, column: Any, label: str, operator: str, content: Any, reading: FilterContext) -> Condition:
    with located(label):
        if content is None:
            raise BadUserInput("Must not be null. Use `isNull` to find null values.")
        reading.count()
        if operator == "isNull":
            return Compare(name, operator, content)
        if isinstance(content, list):
            return Compare(name, operator, tuple(comparable_value(each, column) for each in reading.bounded(content)))
        return Compare(name, operator, comparable_value(content, column))


def _edge_field(edge: Edge, description: str) -> StrawberryField:
    target: Any = deferred_filter_of(edge.target)
    if edge.kind is not Kind.ONE:
        return input_field(
            edge.name, DeferredType(make=lambda: quantified(edge.target)) | None, description, _many(edge)
        )
    return input_field(
        edge.name, target | None, f"{description} Satisfied if the record exists and matches.", _one(edge)
    )


def _one(edge: Edge) -> Meaning:
    return lambda value, reading: Related(edge, Quantifier.SOME, read_filter(value, reading))


def _many(edge: Edge) -> Meaning:
    def read(value: Any, reading: FilterContext) -> Condition:
        parts = []
        for name, quantifier, content in given(value):
            with located(name):
                if content is None:
                    raise BadUserInput("Must not be null. Use an empty filter, `{}`, to match all records.")
                parts.append(Related(edge, quantifier, read_filter(content, reading)))
        return And(tuple(parts))

    return read


@cache
def quantified(model: type[Base]) -> type:
    """The filter of a to-many edge that ends at ``model``, such as ``TaskListFilter``."""
    name, own = type_name_of(model), deferred_filter_of(model)
    fields = [
        input_field(quantifier.name.lower(), own | None, f"Satisfied if {quantifier.value}.", quantifier)
        for quantifier in Quantifier
    ]
    return make_input(f"{name}ListFilter", f"Filter by related {name} records. All given conditions must hold.", fields)
