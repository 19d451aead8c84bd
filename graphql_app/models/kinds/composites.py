"""Kinds of values that consist of values of other kinds: arrays and decorated types."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ARRAY, TypeDecorator, cast, func, type_coerce
from sqlalchemy.dialects import postgresql

from graphql_app.models.kinds.comparators import EQ, EQUALITY, IS_NULL, NEQ, Attribute, Comparator, Operand
from graphql_app.models.kinds.kind import (
    DIALECT,
    ColumnKind,
    ColumnType,
    Conversion,
    OpaqueKind,
    Selected,
    kind_of,
    register_kind,
)


def _elements(column: Attribute) -> Selected:
    """Return the array of a column in the type with which its elements are compared."""
    kind = kind_of(column.type)
    compared = kind.parameter(Operand.ELEMENTS)
    is_same = isinstance(kind, ArrayKind) and kind.element.compared is kind.element.type
    return column.expression if is_same else cast(column.expression, compared)


def _array(column: Attribute, value: Selected) -> Selected:
    """Return the array of one element."""
    return cast(postgresql.array([value]), kind_of(column.type).parameter(Operand.ELEMENTS))


HAS = Comparator(
    "has",
    "Has this element.",
    lambda column, value: _elements(column).bool_op("@>")(_array(column, value)),
    Operand.ELEMENT,
)
HAS_ANY = Comparator(
    "hasAny",
    "Has at least one of these elements.",
    lambda column, values: _elements(column).bool_op("&&")(values),
    Operand.ELEMENTS,
)
HAS_ALL = Comparator(
    "hasAll",
    "Has all of these elements.",
    lambda column, values: _elements(column).bool_op("@>")(values),
    Operand.ELEMENTS,
)
IS_EMPTY = Comparator(
    "isEmpty",
    "Has no elements if true, at least one if false.",
    lambda column, is_empty: func.cardinality(column) == 0 if is_empty else func.cardinality(column) > 0,
    Operand.FLAG,
)


class ArrayKind(ColumnKind):
    """Kind of arrays of one dimension. The API omits elements that are null."""

    comparators = (EQ, NEQ, IS_NULL, HAS, HAS_ANY, HAS_ALL, IS_EMPTY)
    is_array = True
    is_limited = True
    json = list

    def __init__(self, type: ARRAY[Any], element: ColumnKind) -> None:
        super().__init__(type)
        self.element, self.code = element, element.code
        native = element.native
        write = native.get if isinstance(native, Mapping) else native
        self.native, self.show, self.to_cursor = _each(write), _each(element.show), _cursor_writer(element)

    @property
    def annotation(self) -> Any:
        return list[self.element.annotation]  # type: ignore[name-defined]  # a type that depends on the column

    @property
    def name(self) -> str:
        return f"{self.element.name}List"

    @property
    def result_type(self) -> ColumnType:
        return postgresql.ARRAY(self.element.result_type)

    def respond(self, value: Any) -> Any:
        return [self.element.respond(each) for each in value if each is not None]

    def compared_kind(self, operand: Operand) -> ColumnKind:
        return self.element if operand in (Operand.ELEMENT, Operand.ELEMENTS) else self

    def parameter(self, operand: Operand) -> ColumnType:
        match operand:
            case Operand.ELEMENT:
                return self.element.compared
            case Operand.ELEMENTS:
                return postgresql.ARRAY(self.element.compared)
        return super().parameter(operand)

    def problem(self, value: object) -> str | None:
        if not isinstance(value, list):
            return None
        return next((problem for each in value if (problem := self.element.problem(each)) is not None), None)

    def parse(self, value: list[Any]) -> object:
        return tuple(None if each is None else self.element.from_cursor(each) for each in value)


def _cursor_writer(element: ColumnKind) -> Conversion:
    write = element.to_cursor
    return lambda value: [each if each is None or write is None else write(each) for each in value]


def _each(convert: Conversion | None) -> Conversion:
    if convert is None:
        return lambda value: [each for each in value if each is not None]
    return lambda value: [convert(each) for each in value if each is not None]


class DecoratedKind(ColumnKind):
    """Kind of columns with a TypeDecorator, which converts values of another kind.

    Values are compared as the decorator writes them. They are sorted as they are stored, including in cursors.
    """

    def __init__(self, type: TypeDecorator[Any], stored: ColumnKind) -> None:
        super().__init__(type)
        self.stored, self.show = stored, stored.show
        self.is_array, self.is_ordered = stored.is_array, stored.is_ordered
        self.comparators = tuple(each for each in EQUALITY if each in stored.comparators)
        read = self.reader
        self.native = self.stored.respond if read is None else lambda value: self._respond(read(value))

    def _respond(self, value: Any) -> Any:
        return None if value is None else self.stored.respond(value)

    @property
    def annotation(self) -> Any:
        return self.stored.annotation

    @property
    def name(self) -> str:
        return f"{self.stored.name}Equality"

    def respond(self, value: Any) -> Any:
        return self.stored.respond(value)

    def comparable(self, value: Any) -> object:
        return self.stored.comparable(value)

    def sorted(self, column: Selected) -> Selected:
        return type_coerce(column, self.stored.type)


def _array_kind(type: ARRAY[Any]) -> ColumnKind:
    element = kind_of(type.item_type)
    is_simple = (type.dimensions or 1) == 1 and not element.is_array and not isinstance(element, OpaqueKind)
    return ArrayKind(type, element) if is_simple else OpaqueKind(type)


def _decorated_kind(type: TypeDecorator[Any]) -> ColumnKind:
    stored = kind_of(type.load_dialect_impl(DIALECT))
    return stored if isinstance(stored, OpaqueKind) else DecoratedKind(type, stored)


register_kind(ARRAY, _array_kind)
register_kind(TypeDecorator, _decorated_kind)
