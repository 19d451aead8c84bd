"""Parts of columns that many models share: choices of named values, length limits, indexes for pages.

Choices and limits are CHECK constraints with names, so that a violation is translated to an error of its column.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, Self

from sqlalchemy import CheckConstraint, Column, Constraint, Dialect, Enum, Index, Text, TypeDecorator

from graphql_app.errors import ValueLimit

__all__ = ["Choice", "choice", "length", "page_index"]


class Choice(StrEnum):
    """Enum whose members have descriptions: ``OPEN = "OPEN", "Not started."``.

    ``member.description`` is the description in the API, ``member.value`` the stored text.
    """

    description: str

    def __new__(cls, value: str, description: str = "") -> Self:  # a lookup passes the value only
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member


MOST_ADDED = 1_000
"""Values of open choices that are cached. A text may be a client's, such as of a cursor."""


class OpenChoice(Choice):
    """Choice to which an application adds values, such as roles: each text is a value, and not only the members."""

    @classmethod
    def _missing_(cls, value: object) -> "OpenChoice | None":
        return _added(cls, value) if isinstance(value, str) else None


@lru_cache(MOST_ADDED)
def _added(kind: type[OpenChoice], text: str) -> OpenChoice:
    """Return the value of ``kind`` for a text that is no member, the same for each call while it is cached."""
    value = str.__new__(kind, text)
    value._name_ = value._value_ = text
    value.description = ""
    return value


class OpenChoiceType(TypeDecorator[OpenChoice]):
    """Type of columns for values of an OpenChoice: text without a CHECK."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[OpenChoice]) -> None:
        super().__init__()
        self.kind = kind

    @property
    def python_type(self) -> type[OpenChoice]:
        return self.kind

    def process_bind_param(self, value: OpenChoice | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> OpenChoice | None:
        return None if value is None else self.kind(value)


def choice(kind: type[StrEnum], name: str) -> Enum:
    """Return the type of the column ``name`` for values of ``kind``: text with the CHECK ``ck_<table>_<name>``.

    A new value replaces the CHECK. With a PostgreSQL enum type, it would invalidate prepared statements.
    """
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=None,
        validate_strings=True,
        values_callable=lambda members: [member.value for member in members],
    )


ONE_LINE = "one_line"
"""Key in a constraint's ``info``: inputs of the column are one line, and are trimmed."""


def length(column: str, most: int, *, least: int = 1, one_line: bool = False) -> CheckConstraint:
    """Return the CHECK ``ck_<table>_<column>_length``: ``column`` has ``least`` to ``most`` characters.

    Inputs of a column with ``one_line`` are trimmed. Line breaks and control characters in them are rejected.
    """
    condition = f"char_length({column}) BETWEEN {least} AND {most}"
    return CheckConstraint(condition, name=f"{column}_length", info={ONE_LINE: one_line})


NUMBER = r"(-?\d+(?:\.\d+)?)"
FORMS: dict[str, Callable[..., ValueLimit]] = {
    r"char_length\({column}\) BETWEEN (\d+) AND (\d+)": lambda least, most: ValueLimit(
        min_length=int(least), max_length=int(most)
    ),
    rf"{{column}} BETWEEN {NUMBER} AND {NUMBER}": lambda least, most: ValueLimit(Decimal(least), Decimal(most)),
    rf"{{column}} >= {NUMBER}": lambda least: ValueLimit(minimum=Decimal(least)),
    rf"{{column}} <= {NUMBER}": lambda most: ValueLimit(maximum=Decimal(most)),
    rf"{{column}} > {NUMBER}": lambda bound: ValueLimit(exclusive_minimum=Decimal(bound)),
    rf"{{column}} < {NUMBER}": lambda bound: ValueLimit(exclusive_maximum=Decimal(bound)),
    r"{column} ~ '(\^[^'\\]*\$)'": lambda expression: ValueLimit(pattern=expression),
}
"""Forms of CHECK conditions that are recognized as limits of a column."""


def limit_of(constraint: Constraint, column: Column[Any]) -> ValueLimit | None:
    """Return the limit that a CHECK constraint of a common form sets to a column, or None."""
    if not isinstance(constraint, CheckConstraint):
        return None
    condition = str(constraint.sqltext)
    matches = ((re.fullmatch(form.replace("{column}", column.name), condition), make) for form, make in FORMS.items())
    return next((make(*found.groups()) for found, make in matches if found), None)


def page_index(*columns: str) -> Index:
    """Return the index ``(organization_id, *columns, id)``, for pages of rows with these values or in this order."""
    return Index(None, "organization_id", *columns, "id")
