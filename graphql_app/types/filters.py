"""Filters: input types derived from the fields of a type, and their translation into conditions.

Columns are filtered with comparators, to-one edges with a filter of the related type or by their foreign key, to-many
edges by a quantifier over the related rows.
"""

from functools import cache
from typing import Any, cast

from strawberry import UNSET
from strawberry.types.field import StrawberryField

from graphql_app.errors import BadUserInput
from graphql_app.limits import FilterContext
from graphql_app.models.base import TENANT, Base
from graphql_app.models.kinds import JSON, ColumnKind, kind_of
from graphql_app.models.kinds.comparators import Comparator, Operand
from graphql_app.models.kinds.composites import ArrayKind
from graphql_app.models.kinds.documents import PATH, at_path
from graphql_app.models.values import known_value
from graphql_app.sql.conditions import And, Compare, Condition, Not, Or, Quantifier, Related
from graphql_app.sql.edges import Edge
from graphql_app.sql.parameters import Given
from graphql_app.strawberry_adapter import Annotation
from graphql_app.types.fields import EngineField, engine_fields
from graphql_app.types.filter_inputs import given, input_field, located, make_input
from graphql_app.types.registry import DeferredType, type_name_of
from graphql_app.types.scalars import annotation_of


@cache
def comparators(kind: ColumnKind) -> type:
    """Return the input type that compares columns of a kind, such as ``StringFilter``: one for each of these names."""
    operands = tuple((each, _operand(each, kind)) for each in kind.comparators)
    return _comparators(kind.name, operands)


@cache
def _comparators(name: str, operands: tuple[tuple[Comparator, Annotation], ...]) -> type:
    fields = [
        # `in` is a Python keyword
        input_field(f"{each.name}_", annotation | None, each.description, each, each.name)
        for each, annotation in operands
    ]
    return make_input(f"{name}Filter", f"Comparison of {name} values. All given conditions must hold.", fields)


def _operand(comparator: Comparator, kind: ColumnKind) -> Annotation:
    """Return the annotation of a comparator's operand."""
    match comparator.operand:
        case Operand.FLAG:
            return bool
        case Operand.TEXT:
            return str
        case Operand.PATH:
            return json_path_filter()
    value: Annotation = annotation_of(kind.compared_kind(comparator.operand))
    return list[value] if comparator.operand in (Operand.LIST, Operand.ELEMENTS) else value


@cache
def json_path_filter() -> type:
    """Return the input of the comparison of a value at a path, such as ``{path: ["size", "width"], eq: 3}``."""
    path = input_field("path", list[str], "Keys of objects, and positions in lists from 0, from the top level down.")
    value = input_field("eq_", JSON | None, "Equal to this value; null is the JSON value null.", PATH, "eq")
    return make_input("JSONPathFilter", "Comparison of the value at a path of a JSON value.", [path, value])


def comparable_value(value: Any, kind: ColumnKind) -> object:
    """Return the parameter with which columns of a kind are compared. Raises BadUserInput if ``value`` is invalid."""
    if isinstance(value, Given):
        return value.then(lambda each: comparable_value(each, kind))
    if isinstance(kind, ArrayKind):
        return tuple(comparable_value(each, kind.element) for each in value)
    try:
        return kind.comparable(value)
    except ValueError as error:
        raise BadUserInput(str(error)) from None


@cache
def filter_type(model: type[Base]) -> type:
    """Return the filter input of the model's type, such as ``TaskFilter``."""
    name, declared, fields = type_name_of(model), engine_fields(model), _combinators(model)
    taken = {TENANT, *(column for field in declared for column in field.columns)}
    for field in declared:
        fields += field.filter_fields(model, taken)
    return make_input(f"{name}Filter", f"Filter of {name} records. All given conditions must hold.", fields)


def deferred_filter_of(model: type[Base]) -> Any:
    """Return the filter input, to be made when the schema is built: filters of two types may refer to each other."""
    return DeferredType(make=lambda: filter_type(model))


def read_filter(value: object, context: FilterContext) -> Condition:
    """Return the condition of a filter input. Raises BadUserInput or Forbidden, located in the filter.

    Null in place of an input is treated as omitted, like null in place of the filter itself.
    """
    inner, parts = context.deeper(), []
    context.count()
    for name, meaning, content in given(value):
        if content is not None:
            with located(name):
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


def _each(values: list[object], context: FilterContext) -> tuple[Condition, ...]:
    parts = []
    for index, value in enumerate(context.bounded(values)):
        with located(index):
            parts.append(read_filter(value, context))
    return tuple(parts)


def column_filter(model: type[Base], name: str, description: str, field: EngineField | None = None) -> StrawberryField:
    """Return the input field that compares a value of the rows. ``field`` determines its visibility."""
    kind = kind_of(known_value(model, name).type)

    def read(value: object, context: FilterContext) -> Condition:
        if field is not None:
            field.require_visible(context)
        return And(tuple(_comparison(name, kind, *entry, context) for entry in given(value)))

    shown_as = None if field is None else field.graphql_name
    made = input_field(name, comparators(kind) | None, description, read, shown_as)
    return made if field is None else field.about(made)


def _comparison(
    name: str, kind: ColumnKind, label: str, comparator: Comparator, content: object, context: FilterContext
) -> Condition:
    with located(label):
        if content is None:
            raise BadUserInput("Must not be null. Use `isNull` to find null values.")
        context.count()
        compared = kind.compared_kind(comparator.operand)
        match comparator.operand:
            case Operand.FLAG | Operand.TEXT:
                return Compare(name, comparator, content)
            case Operand.LIST | Operand.ELEMENTS:
                values = context.bounded(cast(list[object], content))
                return Compare(name, comparator, _comparable_values(values, compared))
            case Operand.PATH:
                return _at_path(name, kind, content, context)
        return Compare(name, comparator, comparable_value(content, compared))


def _at_path(name: str, kind: ColumnKind, content: Any, context: FilterContext) -> Compare:
    """Return the comparison of the value at a path."""
    value = None if content.eq_ is UNSET else content.eq_
    return Compare(name, at_path(tuple(context.bounded(content.path))), comparable_value(value, kind))


def _comparable_values(contents: list[object], kind: ColumnKind) -> tuple[object, ...]:
    """Return the values of a list. Raises BadUserInput, located at the index of the first invalid one."""
    values: list[object] = []
    for each in contents:
        try:
            values.append(comparable_value(each, kind))
        except BadUserInput:
            with located(len(values)):
                raise
    return tuple(values)


def read_quantified(edge: Edge, value: object, context: FilterContext) -> Condition:
    """Return the condition of a filter of to-many relations. Raises BadUserInput or Forbidden."""
    parts = []
    for name, quantifier, content in given(value):
        if content is None:
            continue
        with located(name):
            parts.append(Related(edge, quantifier, read_filter(content, context)))
    return And(tuple(parts))


@cache
def quantified(model: type[Base]) -> type:
    """Return the filter of to-many edges to the model, such as ``TaskListFilter``."""
    name, own = type_name_of(model), deferred_filter_of(model)
    fields = [
        input_field(quantifier.name.lower(), own | None, quantifier.value, quantifier) for quantifier in Quantifier
    ]
    return make_input(f"{name}ListFilter", f"Filter by related {name} records. All given conditions must hold.", fields)
