"""Parameters of statements: the organization and the keys, which all share, and the places of other values.

Keys travel as one array, ``= ANY(keys)``: a single prepared statement serves every batch size, where ``IN`` with n
parameters makes a statement per n. What remains of a list when its values are taken out is the shape of its statement,
which is the same for arguments of the same form.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, TypeDecorator, Uuid, any_, bindparam, cast, func, literal, literal_column
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from graphql_app.models.base import tenant_column


class WrittenKeys(TypeDecorator[Any]):
    """An array of ids that is sent as one text, commas between them.

    PostgreSQL takes a text apart in half the time that the driver needs to put an array together. Only for where that
    is done once: as part of a condition it might be done for each row.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Iterable[Any] | None, dialect: Any) -> str | None:
        return None if value is None else ",".join(map(str, value))

    def bind_expression(self, bindparam: Any) -> Any:
        return cast(func.string_to_array(bindparam, literal_column("','")), ARRAY(Uuid()))


ORGANIZATION: ColumnElement[UUID] = bindparam("organization", type_=Uuid())
KEYS: ColumnElement[Any] = bindparam("keys", type_=ARRAY(Uuid()))
WRITTEN_KEYS: ColumnElement[Any] = bindparam("keys", type_=WrittenKeys())
"""The same keys; a statement has one of the two."""


def in_tenant(entity: Any) -> ColumnElement[bool]:
    """Rows of the caller's organization only. ``entity`` is a model, an alias of one, or a link table's columns.

    Row-level security says the same; saying it here as well gives the planner the index and a shard its key.
    """
    return tenant_column(entity) == ORGANIZATION  # type: ignore[no-any-return]


def in_keys(column: Any) -> ColumnElement[bool]:
    """``column = ANY(keys)``"""
    return column == any_(KEYS)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Parameter:
    """The place of a value that is only known when the statement runs."""

    name: str


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Given:
    """The place of a value among those that a request gives, and how it is read for a statement."""

    index: int
    read: Callable[[Any], Any] = _as_it_is

    def then(self, read: Callable[[Any], Any]) -> "Given":
        """The same value, read further."""
        return Given(self.index, lambda value: read(self.read(value)))


def bound(value: Any, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    """``value`` as a parameter of a statement: a named one for a slot, else one that holds the value."""
    return bindparam(value.name, type_=kind) if isinstance(value, Parameter) else literal(value, kind)


@dataclass(slots=True)
class Values:
    """The values that were taken out, by the names of their slots."""

    taken: dict[str, Any]

    def slot(self, value: Any) -> Parameter:
        name = f"value_{len(self.taken)}"
        self.taken[name] = value
        return Parameter(name)
