"""Checks of input values before any statement, so that all errors are reported at once.

``title: str = field("Title of the task.", text(1, 200))`` declares one. :func:`graphql_app.mutations.inputs.input_of`
adds checks for the limits of a column's type and for its CHECK constraints of common forms. The database enforces all
other constraints, which are reported separately.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from operator import gt, lt
from typing import Any
from unicodedata import category

from sqlalchemy import CheckConstraint, Column, Numeric

from graphql_app.models.columns import ONE_LINE
from graphql_app.models.kinds import kind_of
from graphql_app.names import camel_case
from graphql_app.types.declarations import Check

LABEL = r"[^\W_]([\w-]{0,61}[^\W_])?"
EMAIL = re.compile(rf"[^@\s\x00-\x1f\x7f]{{1,64}}@{LABEL}(\.{LABEL})*")
MOST_OF_EMAIL = 254
FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Invisible characters of other categories, such as the Hangul fillers and the blank of Braille."""
SPACES = "".join(each for each in map(chr, range(0x3001)) if each.isspace()) + "\u180e\u200b\u2060\ufeff"
"""White space and spaces without a width."""
MONEY = kind_of(Numeric(18, 2))
"""Kind of columns with amounts of money."""


def text(least: int, most: int) -> Check:
    """Require a text of ``least`` to ``most`` characters, and more than blanks if ``least`` is positive."""

    def check(value: str, _: Mapping[str, object]) -> str | None:
        if least <= len(value) <= most and not (least and is_blank(value)):
            return None
        return f"Must be {_range(least, most)} characters{' and not blank' if least else ''}."

    return check


def one_line() -> Check:
    """Require a text without line breaks and control characters."""
    return pattern(r"\A[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\Z", "Must be one line, without control characters.")


def is_blank(text: str) -> bool:
    """Return True if all characters of a text are invisible: white space, controls, formats and fillers."""
    return all(each.isspace() or each in FILLERS or category(each) in ("Cc", "Cf") for each in text)


def trimmed(text: str) -> str:
    """Return the text without white space and invisible spaces at its ends."""
    return text.strip(SPACES)


def pattern(expression: str, message: str) -> Check:
    """Require a match of a regular expression. ``message`` is the error, as a sentence."""
    compiled = re.compile(expression)
    return lambda value, _: None if compiled.search(value) else message


def email() -> Check:
    """Require the form of an email address. Existence of the mailbox is not checked."""
    return lambda value, _: (
        None if len(value) <= MOST_OF_EMAIL and EMAIL.fullmatch(value) else "Must be an email address."
    )


def currency() -> Check:
    """Require three capital letters, as in ISO 4217."""
    return pattern(r"^[A-Z]{3}\Z", "Must be a currency code of three capital letters, such as EUR.")


def number(least: Decimal | int | None = None, most: Decimal | int | None = None) -> Check:
    """Require a number from ``least`` to ``most``, both included."""

    def check(value: Decimal | int, _: Mapping[str, object]) -> str | None:
        if least is not None and value < least:
            return f"Must be at least {least:,}."
        return None if most is None or value <= most else f"Must be at most {most:,}."

    return check


def more_than(bound: Decimal | int) -> Check:
    """Require a number above ``bound``."""
    return lambda value, _: None if value > bound else f"Must be greater than {bound:,}."


def less_than(bound: Decimal | int) -> Check:
    """Require a number below ``bound``."""
    return lambda value, _: None if value < bound else f"Must be less than {bound:,}."


def amount() -> Check:
    """Require a positive amount of money, with no more decimal places than are stored."""

    def check(value: Decimal, _: Mapping[str, object]) -> str | None:
        return MONEY.problem(value) or (None if value > 0 else "Must be greater than 0.")

    return check


def items(least: int, most: int) -> Check:
    """Require a list of ``least`` to ``most`` items."""
    return lambda value, _: None if least <= len(value) <= most else f"Must have {_range(least, most)} items."


def _range(least: int, most: int) -> str:
    return f"{least:,}-{most:,}" if least else f"at most {most:,}"


def before(other: str) -> Check:
    """Require a value less or earlier than the field of the Python name ``other``, if that has a value."""
    return _compared(other, lt, f"Must be before `{camel_case(other)}`.")


def after(other: str) -> Check:
    """Require a value greater or later than the field of the Python name ``other``, if that has a value."""
    return _compared(other, gt, f"Must be after `{camel_case(other)}`.")


def _compared(other: str, comparison: Callable[[Any, Any], bool], message: str) -> Check:
    def check(value: object, values: Mapping[str, object]) -> str | None:
        compared = values.get(other)
        return None if compared is None or comparison(value, compared) else message

    return check


NUMBER = r"(-?\d+(?:\.\d+)?)"
FORMS: dict[str, Callable[..., Check]] = {
    r"char_length\({column}\) BETWEEN (\d+) AND (\d+)": lambda least, most: text(int(least), int(most)),
    rf"{{column}} BETWEEN {NUMBER} AND {NUMBER}": lambda least, most: number(Decimal(least), Decimal(most)),
    rf"{{column}} >= {NUMBER}": lambda least: number(least=Decimal(least)),
    rf"{{column}} <= {NUMBER}": lambda most: number(most=Decimal(most)),
    rf"{{column}} > {NUMBER}": lambda bound: more_than(Decimal(bound)),
    rf"{{column}} < {NUMBER}": lambda bound: less_than(Decimal(bound)),
}
MATCHES = r"{column} ~ '(\^[^'\\]*)\$'"


def checks_of(column: Column[Any]) -> Iterator[Check]:
    """Yield the checks that ``column`` requires of every value."""
    kind = kind_of(column.type)
    yield lambda value, _: kind.problem(value)
    if is_one_line(column):
        yield one_line()
    for constraint in column.table.constraints:
        if isinstance(constraint, CheckConstraint):
            yield from _recognized(str(constraint.sqltext), column)


def is_one_line(column: Column[Any]) -> bool:
    """Return True if inputs of ``column`` are one line, by its declared length."""
    constraints = column.table.constraints
    return any(each.info.get(ONE_LINE) and each.name in _length_names(column) for each in constraints)


def _length_names(column: Column[Any]) -> tuple[str, str]:
    """Return the name of the CHECK on the length of a column, without and with that of the naming convention."""
    return f"{column.name}_length", f"ck_{column.table.name}_{column.name}_length"


def _recognized(condition: str, column: Column[Any]) -> Iterator[Check]:
    for form, make in FORMS.items():
        if found := re.fullmatch(form.replace("{column}", column.name), condition):
            yield make(*found.groups())
    if found := re.fullmatch(MATCHES.replace("{column}", column.name), condition):
        yield pattern(rf"{found[1]}\Z", f"Invalid value. {column.comment or ''}".strip())
