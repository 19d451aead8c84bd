"""Parts of columns that many models share: choices of named values, length limits, indexes for pages.

Choices and limits are CHECK constraints with names, so that a violation is translated to an error of its column.
"""

from enum import StrEnum
from typing import Self

from sqlalchemy import CheckConstraint, Enum, Index


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


def choice(kind: type[StrEnum], name: str) -> Enum:
    """Return the type of the column ``name`` for values of ``kind``: text with the CHECK ``ck_<table>_<name>``.

    A new value replaces the CHECK. With a PostgreSQL enum type it would invalidate prepared statements.
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


def page_index(*columns: str) -> Index:
    """Return the index ``(organization_id, *columns, id)``, for pages of rows with these values or in this order."""
    return Index(None, "organization_id", *columns, "id")
