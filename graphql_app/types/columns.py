"""Columns and computed values as fields: ``title: str``, or ``field(...)`` to restrict one to some roles."""

from collections.abc import Iterable, Iterator
from types import GenericAlias
from typing import Any

from graphql import GraphQLField
from sqlalchemy.types import NullType
from strawberry.types.base import StrawberryList, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from graphql_app.authorization import requirement_of
from graphql_app.context import Info
from graphql_app.limits import FilterContext
from graphql_app.models.base import Base, table_columns
from graphql_app.models.kinds import OpaqueKind, kind_of
from graphql_app.models.kinds.kind import Conversion
from graphql_app.models.value_checks import expression_problems
from graphql_app.models.values import ModelValue, known_value, value_of
from graphql_app.names import camel_case
from graphql_app.plan.compiler import RowCode
from graphql_app.plan.fields import Nodes
from graphql_app.sql.aggregates import Measure
from graphql_app.sql.joins import Form
from graphql_app.sql.orders import OrderKey
from graphql_app.strawberry_adapter import Arguments, Source
from graphql_app.types.aggregates import MeasureField
from graphql_app.types.fields import EngineField, engine_fields
from graphql_app.types.filter_inputs import input_field
from graphql_app.types.filters import column_filter
from graphql_app.types.groups import GroupKeyField
from graphql_app.types.ordering import Ordering
from graphql_app.types.requirements import restrict
from graphql_app.types.scalars import annotation_of


class ColumnField(EngineField):
    """Value of a row: a column, or an expression that PostgreSQL computes."""

    is_basic_field = True
    computed_of: type[Base] | None = None
    """Model that computes the value by an expression; None for a column."""
    show: Conversion | None = None
    """Nearest value that the scalar can represent, for a column value; None if it can represent all values."""
    is_ordered = True

    def describe(self, model: type[Base], name: str) -> None:
        value = value_of(model, name)
        self.description = self.description or (None if value is None else value.comment)
        self.columns = (name,)
        if name.endswith("_"):  # a word that Python reserves, such as `class_`
            self.graphql_name = camel_case(name.rstrip("_"))
        if value is not None:
            kind = kind_of(value.type)
            self.show, self.is_ordered = kind.show, kind.is_ordered
            self.computed_of = None if value.expression is None else model
            self.is_basic_field = self.is_basic_field and kind.show is None and self.computed_of is None

    def resolve(self, source: Source, info: Info, arguments: Arguments) -> object:
        if self.computed_of is not None:
            return self._computed(self.computed_of, source, info)
        return self._shown(getattr(source, self.python_name))

    async def _computed(self, model: type[Base], source: Source, info: Info) -> object:
        return self._shown(await info.context.loaders.computed(model, self.python_name, source.id))

    def _shown(self, value: object) -> object:
        return value if value is None or self.show is None else self.show(value)

    def expression(self, owner: RowCode, definition: GraphQLField, nodes: Nodes) -> str:
        kind = kind_of(known_value(owner.model, self.python_name).type)
        if kind.is_text:
            return owner.column(self.python_name, Form.TEXT)
        return owner.compiler.converted(owner.column(self.python_name), kind.native)

    def is_joinable(self, owner: RowCode, definition: GraphQLField, nodes: Nodes) -> bool:
        return True

    def filter_fields(self, model: type[Base], taken: set[str]) -> Iterable[StrawberryField]:
        return [column_filter(model, self.python_name, self.description or "", self)]

    def order_fields(self) -> Iterable[StrawberryField]:
        if not self.is_ordered:
            return []
        description, meaning = self.description or "", self._order_key
        order = input_field(self.python_name, Ordering | None, description, meaning, self.graphql_name)
        return [self.about(order)]

    def measure_field(self, function: str, model: type[Base]) -> MeasureField | None:
        aggregate = kind_of(known_value(model, self.python_name).type).aggregates.get(function)
        if aggregate is None:
            return None
        measured = Measure(function, self.python_name)
        measure = MeasureField(measured, self.description or "", aggregate, requirement_of(self))
        measure.graphql_name = self.graphql_name
        return measure

    def group_key(self, model: type[Base]) -> GroupKeyField | None:
        kind = kind_of(known_value(model, self.python_name).type)
        if not kind.is_ordered:
            return None
        argument = "time" if kind.is_time else "field"
        return GroupKeyField(self, self.python_name, annotation_of(kind), argument, kind.show)

    def problems(self, model: type[Base]) -> Iterator[str]:
        value = value_of(model, self.python_name)
        if value is None:
            yield f"the table {model.__tablename__} has no such column"
            return
        annotation: Any = self.type
        is_optional = isinstance(annotation, StrawberryOptional)
        requirement = requirement_of(self)
        noun = "column" if value.expression is None else "expression"
        if requirement is None or not requirement.as_null:
            yield from self._null_problems(is_optional, value.nullable, noun)
        if value.expression is not None:
            yield from expression_problems(model, value.expression)
        annotation = _python_type(annotation.of_type if is_optional else annotation)
        kind = kind_of(value.type)
        if isinstance(value.type, NullType):
            yield "its SQL type is unknown; wrap the expression in cast(..., Integer) or another type"
        elif isinstance(kind, OpaqueKind):
            yield f"there is no scalar for {value.type!r}; declare a kind for this type"
        elif annotation_of(kind) != annotation:
            yield f"the {noun} holds {_name_of(kind.annotation)}, the field has type {_name_of(annotation)}"

    def _null_problems(self, is_optional: bool, is_nullable: bool, noun: str) -> Iterator[str]:
        if is_optional == is_nullable:
            return
        yield f"the {noun} is {_nullable(is_nullable)} and the field is {_nullable(is_optional)}" + (
            "; give it a value for null by func.coalesce" if noun == "expression" and is_nullable else ""
        )

    def _order_key(self, value: Ordering, context: FilterContext) -> OrderKey:
        self.require_visible(context)
        return value.key(self.python_name)


def shown_values(model: type[Base]) -> Iterator[ModelValue]:
    """Yield the values whose scalars an API needs: all columns, and the expressions that the model's type shows."""
    fields = (field.python_name for field in engine_fields(model) if isinstance(field, ColumnField))
    names = dict.fromkeys((*table_columns(model), *fields))
    return (value for name in names if (value := value_of(model, name)) is not None)


def _python_type(annotation: Any) -> Any:
    """Return the Python type or enum of Strawberry's type of a field."""
    if isinstance(annotation, StrawberryList):
        return list[_python_type(annotation.of_type)]  # type: ignore[misc]  # a type that is found at run time
    return annotation.wrapped_cls if isinstance(annotation, StrawberryEnumDefinition) else annotation


def _name_of(annotation: Any) -> str:
    return str(annotation) if isinstance(annotation, GenericAlias) else annotation.__name__


def _nullable(is_nullable: bool) -> str:
    return "nullable" if is_nullable else "not nullable"


def column_of(declared: StrawberryField) -> ColumnField:
    """Return the column that a plain field with a description or rights declares."""
    column = ColumnField(description=declared.description or None)
    restrict(column, requirement_of(declared))
    return column


class IdField(ColumnField):
    """ID of a record. As a group key, it puts each record into a separate group."""

    columns = ("id",)

    def group_key(self, model: type[Base]) -> None:
        return None
