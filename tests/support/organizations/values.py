"""Values for every column of every table by its type, before the changes of its shape."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Enum,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from graphql_app.events.models import TransactionId
from graphql_app.models.columns import OpenChoiceType
from tests.support.organizations.distinct_values import TWINS, OrganizationValues
from tests.support.organizations.ids import id_of
from tests.support.organizations.valid_rows import SHAPES

Row = dict[str, Any]
TENANT = "organization_id"
ONE_ROW = ("organizations", "organization_settings")
"""Tables with one row per organization, which has its ID."""


def rows_of(table: Table, flavour: OrganizationValues) -> Iterator[Row]:
    """Return the organization's rows of a table, in the order of their numbers."""
    count = 1 if table.name in ONE_ROW else flavour.rows
    for number in range(count):
        given = [each for each in table.columns if each.computed is None and not isinstance(each.type, TransactionId)]
        row = {column.name: value_of(column, number, flavour) for column in given}
        shape = SHAPES.get(table.name)
        yield row | shape(row, number, flavour) if shape else row


def value_of(column: Column[Any], number: int, flavour: OrganizationValues) -> Any:
    """Return a value that no other organization has in this column, except for ids. The last twin has nulls."""
    if column.name == TENANT or (column.name == "id" and column.table.name in ONE_ROW):
        return flavour.organization
    if column.name == "id":
        return id_of(column.table.name, number)
    if column.nullable and number == TWINS - 1:
        return None
    target = target_of(column)
    if target is None:
        return _plain(column, number, flavour)
    return _link(column, target, number, flavour) if _only_links(column.table) else _reference(column, target, number)


def _only_links(table: Table) -> bool:
    return all(target_of(column) for column in table.primary_key)


def _link(column: Column[Any], target: str, number: int, flavour: OrganizationValues) -> UUID:
    """Link tables: two rows share the first key, and every other row the second one."""
    if number >= TWINS:
        return id_of(target, number)
    first = next(each for each in column.table.columns if each.name != TENANT)
    linked = number // 2 if column is first else number % 2
    return id_of(target, TWINS - 1 - linked if flavour.mirrored else linked)


def _reference(column: Column[Any], target: str, number: int) -> UUID | None:
    """Two rows share a target, unless it must be unique; within a table rows form a tree."""
    if target == column.table.name:
        return id_of(target, (number - 1) // 2) if number else None
    shared = number >= TWINS or is_unique(column)
    return id_of(target, number if shared else number // 2)


def _plain(column: Column[Any], number: int, flavour: OrganizationValues) -> Any:
    place = list(column.table.columns).index(column)
    match column.type:
        case Enum() | OpenChoiceType():
            names = [*column.type.python_type]
            return str(names[number % len(names)])
        case Text() | JSONB():
            return _text(column, number, flavour)
        case DateTime():
            return moment(flavour, number, place)
        case Numeric():
            return Decimal(100 * (number + 1) + place) + flavour.cents
        case Integer() | Boolean():
            return flavour.number + number if isinstance(column.type, Integer) else False
        case Uuid() | LargeBinary():
            id = id_of(str(column), number)
            return id if isinstance(column.type, Uuid) else flavour.organization.bytes + id.bytes
    raise TypeError(f"{column} is of a type that has no values here yet: {column.type!r}")


def _text(column: Column[Any], number: int, flavour: OrganizationValues) -> str:
    text = flavour.currency if column.name == "currency" else f"{flavour.word} {column} {number}"
    return json.dumps(text) if isinstance(column.type, JSONB) else text


def moment(flavour: OrganizationValues, number: int, place: int = 0) -> datetime:
    """Return one of the organization's times."""
    return flavour.since + timedelta(days=number, minutes=place, microseconds=number)


def target_of(column: Column[Any]) -> str | None:
    """Return the table to which a column refers."""
    for key in column.table.foreign_key_constraints:
        if key.column_keys in ([TENANT, column.name], [column.name]):
            return key.referred_table.name
    return None


def is_unique(column: Column[Any]) -> bool:
    """Return True if no two rows of an organization may have the same value."""
    constraints = [each for each in column.table.constraints if isinstance(each, UniqueConstraint)]
    return any({each.name for each in constraint.columns} == {TENANT, column.name} for constraint in constraints)
