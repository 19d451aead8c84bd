"""Filters: input types derived from the fields of a type, and their translation into conditions.

Columns are filtered with comparators, to-one edges with a filter of the related type or by their foreign key, to-many
edges by a quantifier over the related rows.
"""

from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import cache, partial
from typing import Any
from uuid import UUID

from sqlalchemy.sql.elements import KeyedColumnElement
from strawberry import ID
from strawberry.types.field import StrawberryField

from graphql_app.errors import BadUserInput
from graphql_app.limits import FilterContext
from graphql_app.models.base import Base
from graphql_app.models.columns import fits, numbers_of
from graphql_app.sql.conditions import And, Compare, Condition, Not, Or, Quantifier, Related
from graphql_app.sql.edges import Edge, Kind
from graphql_app.sql.parameters import Given
from graphql_app.types.declarations import enum
from graphql_app.types.fields import ColumnField, EngineField, RestrictedField, require_visible
from graphql_app.types.filter_inputs import given, input_field, located, make_input
from graphql_app.types.registry import DeferredType, type_name_of, type_of_model
from graphql_app.types.strawberry_adapter import Annotation, enum_definition_of, fields_of

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
COMPARED: dict[type, tuple[str, Annotation, tuple[str, ...]]] = {
    UUID: ("ID", ID, EQUALITY),
    str: ("String", str, (*EQUALITY, *TEXT, *RANGE)),
    int: ("Int", int, (*EQUALITY, *RANGE)),
    bool: ("Boolean", bool, ("eq", "neq", "isNull")),
    datetime: ("DateTime", datetime, (*EQUALITY, *RANGE)),
    Decimal: ("Decimal", Decimal, (*EQUALITY, *RANGE)),
}


@cache
def comparators(kind: type) -> type:
    """Return the input type that compares columns of the Python type ``kind``, such as ``StringFilter``."""
    if issubclass(kind, Enum):
        return _comparators(enum_definition_of(enum(kind)).name, kind, EQUALITY)
    return _comparators(*COMPARED[kind])


def _comparators(name: str, kind: Annotation, operators: tuple[str, ...]) -> type:
    fields = []
    for operator in operators:
        annotation: Annotation = {"in": list[kind], "nin": list[kind], "isNull": bool}.get(operator, kind)
        # `in` is a Python keyword
        fields.append(input_field(f"{operator}_", annotation | None, DESCRIPTIONS[operator], operator, operator))
    return make_input(f"{name}Filter", f"Comparison of {name} values. All given conditions must hold.", fields)


def comparable_value(value: Any, column: KeyedColumnElement[Any]) -> object:
    """Return ``value`` as the column's Python type. Raises BadUserInput if it does not fit the column."""
    if isinstance(value, Given):
        return value.then(lambda each: comparable_value(each, column))
    kind = column.type.python_type
    if kind is UUID:
        return read_id(value)
    if not fits(value, column.type):
        raise BadUserInput(f"Must be {numbers_of(column.type)}.")
    return value


def read_id(value: str) -> UUID:
    """Return the ID in a text. Raises BadUserInput."""
    try:
        return UUID(value)
    except ValueError:
        raise BadUserInput("Must be an ID.") from None


@cache
def filter_type(model: type[Base]) -> type:
    """Return the filter input of the model's type, such as ``TaskFilter``."""
    name, declared, fields = type_name_of(model), fields_of(type_of_model(model)), _combinators(model)
    keys = {each.python_name for each in declared if isinstance(each, ColumnField | RestrictedField)}
    edges: list[Edge] = []
    for each in declared:
        if isinstance(each, ColumnField | RestrictedField) or each.python_name == "id":
            fields.append(_column_field(each, each.python_name, model, each.description or ""))
        for edge in each.edges if isinstance(each, EngineField) else ():
            if edge in edges:
                continue  # a type may have one relationship under two names
            edges.append(edge)
            fields.append(_edge_field(edge, each.description or ""))
            if edge.kind is Kind.ONE and edge.parent_key not in keys | {"id", "organization_id"}:
                # once, and only if the type has no field of the column, which may be restricted
                keys.add(edge.parent_key)
                comment = str(model.__table__.c[edge.parent_key].comment)
                fields.append(_column_field(None, edge.parent_key, model, comment))
    return make_input(f"{name}Filter", f"Filter of {name} records. All given conditions must hold.", fields)


def deferred_filter_of(model: type[Base]) -> Any:
    """Return the filter input, to be made when the schema is built: filters of two types may refer to each other."""
    return DeferredType(make=lambda: filter_type(model))


def read_filter(value: object, reading: FilterContext) -> Condition:
    """Return the condition of a filter input. Raises BadUserInput or Forbidden, located in the filter."""
    inner, parts = reading.deeper(), []
    reading.count()
    for name, meaning, content in given(value):
        with located(name):
            if content is None:
                raise BadUserInput("Must not be null. Use `isNull` to find null values.")
            parts.append(meaning(content, inner))
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _combinators(model: type[Base]) -> list[StrawberryField]:
    own: Annotation = deferred_filter_of(model)
    return [
        input_field("and_", list[own] | None, "All of these filters match.", lambda *given: And(_each(*given)), "and"),
        input_field(
            "or_", list[own] | None, "At least one of these filters matches.", lambda *given: Or(_each(*given)), "or"
        ),
        input_field("not_", own | None, "This filter does not match.", lambda *given: Not(read_filter(*given)), "not"),
    ]


def _each(values: list[object], reading: FilterContext) -> tuple[Condition, ...]:
    parts = []
    for index, value in enumerate(reading.bounded(values)):
        with located(index):
            parts.append(read_filter(value, reading))
    return tuple(parts)


def _column_field(field: StrawberryField | None, name: str, model: type[Base], description: str) -> StrawberryField:
    column = model.__table__.c[name]
    kind: Any = column.type.python_type

    def read(value: object, reading: FilterContext) -> Condition:
        if field is not None:
            require_visible(field, reading.role)
        return And(tuple(_comparison(name, column, *entry, reading) for entry in given(value)))

    return input_field(name, comparators(kind) | None, description, read)


def _comparison(
    name: str, column: KeyedColumnElement[Any], label: str, operator: str, content: object, reading: FilterContext
) -> Condition:
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
    if edge.kind is not Kind.ONE:
        deferred = DeferredType(make=lambda: quantified(edge.target))
        return input_field(edge.name, deferred | None, description, partial(_quantified_condition, edge))
    return input_field(
        edge.name,
        deferred_filter_of(edge.target) | None,
        f"{description} Satisfied if the record exists and matches.",
        lambda value, reading: Related(edge, Quantifier.SOME, read_filter(value, reading)),
    )


def _quantified_condition(edge: Edge, value: object, reading: FilterContext) -> Condition:
    parts = []
    for name, quantifier, content in given(value):
        with located(name):
            if content is None:
                raise BadUserInput("Must not be null. Use an empty filter, `{}`, to match all records.")
            parts.append(Related(edge, quantifier, read_filter(content, reading)))
    return And(tuple(parts))


@cache
def quantified(model: type[Base]) -> type:
    """Return the filter of to-many edges to the model, such as ``TaskListFilter``."""
    name, own = type_name_of(model), deferred_filter_of(model)
    fields = [
        input_field(quantifier.name.lower(), own | None, f"Satisfied if {quantifier.value}.", quantifier)
        for quantifier in Quantifier
    ]
    return make_input(f"{name}ListFilter", f"Filter by related {name} records. All given conditions must hold.", fields)
