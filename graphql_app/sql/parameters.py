"""Parameters of statements: the organization, the keys of a batch, and parameterized values.

Keys are sent as one parameter: an array in a condition (``= ANY(keys)``), or a text for pages per parent, which is
split once. A single prepared statement serves every batch size, whereas ``IN`` needs a separate statement per list
length. A list without its values is the shape of its statement, which is the same for arguments of the same form.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Dialect,
    Select,
    SQLColumnExpression,
    Text,
    TypeDecorator,
    Uuid,
    any_,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from graphql_app.models.base import Entity, tenant_column

__all__ = ["KEYS", "ORGANIZATION", "in_keys", "in_tenant"]

# columns are found by name when a statement is built: their Python types are not known to mypy
type Expression = ColumnElement[Any]
"""SQL expression."""
type Statement = Select[*tuple[Any, ...]]
"""SELECT of any columns."""
type SqlDataType = TypeEngine[Any]
"""SQL type of a column or parameter."""


class WrittenKeys(TypeDecorator[Iterable[UUID]]):
    """Array of ids that is sent as comma-separated text.

    PostgreSQL splits a text in half the time that the driver needs to encode an array. Only for expressions that are
    evaluated once: in a condition, the text might be split for each row.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Iterable[UUID] | None, dialect: Dialect) -> str | None:
        return None if value is None else ",".join(map(str, value))

    def bind_expression(self, bindparam: Expression) -> Expression:
        return cast(func.string_to_array(bindparam, literal_column("','")), ARRAY(Uuid()))


ORGANIZATION: ColumnElement[UUID] = bindparam("organization", type_=Uuid())
"""Parameter with the organization of the viewer."""
KEYS: Expression = bindparam("keys", type_=ARRAY(Uuid()))
"""Parameter with the keys of a batch."""
WRITTEN_KEYS: Expression = bindparam("keys", type_=WrittenKeys())
"""Same keys as text; a statement uses one of the two forms."""


def in_tenant(entity: Entity) -> ColumnElement[bool]:
    """Return the condition that a row belongs to the organization of the operation; true for a reference table.

    Row-level security has the same condition. It lets PostgreSQL use the index and routes to a shard.
    """
    column = tenant_column(entity)
    return true() if column is None else column == ORGANIZATION


def in_keys(column: SQLColumnExpression[UUID]) -> ColumnElement[bool]:
    """Return the condition ``column = ANY(keys)``."""
    return column == any_(KEYS)


@dataclass(frozen=True, slots=True)
class Parameter:
    """Named parameter whose value is supplied when the statement is executed."""

    name: str


def _unchanged(value: object) -> object:
    return value


@dataclass(frozen=True, slots=True)
class Given:
    """Index of a value among the arguments of a request, and its conversion to a parameter of the statement."""

    index: int
    read: Callable[[object], object] = _unchanged

    def then(self, read: Callable[[Any], object]) -> "Given":  # of the type that this value is converted to
        """Return the same value with another conversion applied to its result."""
        return Given(self.index, lambda value: read(self.read(value)))


def bound(value: object, kind: SqlDataType) -> Expression:
    """Return a bind parameter: a named one for a Parameter, otherwise one that holds the value."""
    return bindparam(value.name, type_=kind) if isinstance(value, Parameter) else literal(value, kind)


@dataclass(slots=True)
class Values:
    """Values of the parameters of one statement, by name."""

    taken: dict[str, object]

    def slot(self, value: object) -> Parameter:
        """Add a value, and return the parameter that replaces it."""
        name = f"value_{len(self.taken)}"
        self.taken[name] = value
        return Parameter(name)
