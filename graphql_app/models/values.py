"""Values of rows: columns, and SQL expressions that PostgreSQL computes from them.

An expression is declared in a model by ``sql_computed``, by ``column_property`` or as a hybrid property. Statements
read it where it is selected, filtered, sorted, grouped or aggregated; rows are loaded and written without it.
"""

import inspect as python
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, singledispatch, wraps
from typing import Any, NoReturn

from sqlalchemy import (
    BinaryExpression,
    BindParameter,
    Case,
    Cast,
    Column,
    ColumnElement,
    Exists,
    False_,
    FunctionElement,
    Label,
    SelectBase,
    True_,
    TypeCoerce,
    UnaryExpression,
    cast,
    inspect,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BooleanClauseList, Grouping
from sqlalchemy.sql.visitors import iterate

from graphql_app.models.base import Base, Entity, table_columns
from graphql_app.models.kinds import kind_of
from graphql_app.models.kinds.kind import ColumnType, Selected

__all__ = ["sql_computed", "value_of"]

NEVER_NULL = frozenset({operators.is_, operators.is_not, operators.is_distinct_from, operators.is_not_distinct_from})
"""Operators with a result for null operands."""
STRICT = frozenset(
    {
        *(operators.add, operators.sub, operators.mul, operators.truediv, operators.floordiv, operators.mod),
        *(operators.concat_op, operators.neg, operators.inv),
    }
)
"""Operators whose result is null only for null operands, besides comparisons."""


class SqlComputed[T](hybrid_property[T]):
    """Value of a row that PostgreSQL computes.

    The decorated class method receives the model, or an alias of it, and returns the expression. Its docstring is the
    description in the API.
    """

    def __init__(self, method: Callable[[Any], ColumnElement[T]]) -> None:
        function = getattr(method, "__func__", method)  # of a class method

        @wraps(function)
        def refuse(row: object) -> NoReturn:
            name = f"{type(row).__name__}.{function.__name__}"
            raise AttributeError(f"{name} is computed by PostgreSQL, and rows are loaded without it: select it.")

        super().__init__(refuse, expr=function)


sql_computed = SqlComputed
"""Declares a class method of a model as a value that PostgreSQL computes."""


@dataclass(frozen=True, slots=True)
class ModelValue:
    """Value of a model's rows, with its API description."""

    type: ColumnType
    nullable: bool
    comment: str | None
    expression: Selected | None = None
    """SQL expression of a computed value, about the model; None for a column."""

    @property
    def reads_tables(self) -> bool:
        """True if a subquery computes it."""
        return self.expression is not None and any(isinstance(each, SelectBase) for each in iterate(self.expression))


@cache
def value_of(model: type[Base], name: str) -> ModelValue | None:
    """Return the value with the name of a mapped attribute or of a hybrid property; None if there is no such value.

    The result of an expression has the type of its operands, but not their limits.
    """
    column = table_columns(model).get(name)
    if column is not None:
        return ModelValue(column.type, bool(column.nullable), column.comment)
    declared = model.__mapper__.all_orm_descriptors.get(name)
    found = _expression_of(model, name) if isinstance(declared, hybrid_property) or _is_mapped(model, name) else None
    if not isinstance(found, ColumnElement):
        return None
    expression = _exact(found)
    doc = getattr(declared, "__doc__", None)
    return ModelValue(
        kind_of(expression.type).result_type, may_be_null(expression), doc and python.cleandoc(doc), expression
    )


def _is_mapped(model: type[Base], name: str) -> bool:
    return name in model.__mapper__.column_attrs


def _expression_of(model: type[Base], name: str) -> object:
    """Return the expression of an attribute, or None for a hybrid property that only Python can compute."""
    try:
        return getattr(getattr(model, name), "expression", None)
    except (AttributeError, NotImplementedError, TypeError):  # what methods of Python raise for columns
        return None


def known_value(model: type[Base], name: str) -> ModelValue:
    """Return the value with this name. Raises KeyError if the model has none."""
    found = value_of(model, name)
    if found is None:
        raise KeyError(f"{model.__name__}.{name} is neither a column nor an expression")
    return found


def computed_names(model: type[Base]) -> Iterator[str]:
    """Yield the names of the model's attributes with expressions, which rows are loaded without."""
    columns = table_columns(model)
    return (each.key for each in model.__mapper__.column_attrs if each.key not in columns)


def select_value(entity: Entity, name: str) -> Any:  # a mapped attribute, or an expression
    """Return a value of a row in a statement.

    An expression is cast to the type that is declared for it, which PostgreSQL's result may not have: SQLAlchemy
    declares ``extract`` and ``count`` as integers.
    """
    value = getattr(entity, name)
    model: type[Base] = inspect(entity).mapper.class_
    if name in table_columns(model):
        return value
    return cast(_exact(value.expression), known_value(model, name).type)


def _exact(expression: Selected) -> Selected:
    """Return an expression with its literals unchanged.

    SQLAlchemy declares a literal with the type of the other operand, and PostgreSQL would round it to the limits.
    """
    for part in iterate(expression):
        if isinstance(part, BindParameter):
            part.type = kind_of(part.type).compared
    return expression.element if isinstance(expression, Label) else expression


@singledispatch
def may_be_null(expression: object) -> bool:
    """Return False if the declarations of columns and the operators exclude a null."""
    return not isinstance(expression, Exists | True_ | False_)


@may_be_null.register(Column)
def _(column: Column[Any]) -> bool:
    return bool(column.nullable)


@may_be_null.register(Label)
@may_be_null.register(Grouping)
def _(expression: Label[Any]) -> bool:
    return may_be_null(expression.element)


@may_be_null.register(Cast)
@may_be_null.register(TypeCoerce)
def _(expression: Cast[Any]) -> bool:
    return may_be_null(expression.clause)


@may_be_null.register(BindParameter)
def _(literal: BindParameter[Any]) -> bool:
    return literal.value is None


@may_be_null.register(Case)
def _(choice: Case[Any]) -> bool:
    return choice.else_ is None or any(map(may_be_null, (*(result for _, result in choice.whens), choice.else_)))


@may_be_null.register(BooleanClauseList)
def _(conditions: BooleanClauseList) -> bool:
    return any(map(may_be_null, conditions.clauses))


@may_be_null.register(FunctionElement)
def _(function: FunctionElement[Any]) -> bool:
    return getattr(function, "name", "") != "coalesce" or all(map(may_be_null, function.clauses))


@may_be_null.register(UnaryExpression)
def _(operation: UnaryExpression[Any]) -> bool:
    return not isinstance(operation, Exists) and (operation.operator not in STRICT or may_be_null(operation.element))


@may_be_null.register(BinaryExpression)
def _(operation: BinaryExpression[Any]) -> bool:
    operator = operation.operator
    if operator in NEVER_NULL:
        return False
    is_strict = operator in STRICT or operators.is_comparison(operator)
    return not is_strict or may_be_null(operation.left) or may_be_null(operation.right)
