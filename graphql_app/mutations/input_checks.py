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

from sqlalchemy import Column, Numeric

from graphql_app.errors import Problem, ValueLimit
from graphql_app.models.columns import ONE_LINE, limit_of
from graphql_app.models.kinds import kind_of
from graphql_app.names import camel_case
from graphql_app.types.declarations import Check

__all__ = ["amount", "items"]

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
        message = f"Must be {_range(least, most)} characters{' and not blank' if least else ''}."
        return Problem(message, ValueLimit(min_length=least, max_length=most))

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


def _matching(expression: str, message: str) -> Check:
    """Require a match of an expression that begins with ^ and ends with $, here the ends of the whole text."""
    return pattern(rf"{expression[:-1]}\Z", Problem(message, ValueLimit(pattern=expression)))


def number(least: Decimal | int | None = None, most: Decimal | int | None = None) -> Check:
    """Require a number from ``least`` to ``most``, both included."""

    def check(value: Decimal | int, _: Mapping[str, object]) -> str | None:
        limit = ValueLimit(least, most)
        if least is not None and value < least:
            return Problem(f"Must be at least {least:,}.", limit)
        return None if most is None or value <= most else Problem(f"Must be at most {most:,}.", limit)

    return check


def more_than(bound: Decimal | int) -> Check:
    """Require a number above ``bound``."""
    problem = Problem(f"Must be greater than {bound:,}.", ValueLimit(exclusive_minimum=bound))
    return lambda value, _: None if value > bound else problem


def less_than(bound: Decimal | int) -> Check:
    """Require a number below ``bound``."""
    problem = Problem(f"Must be less than {bound:,}.", ValueLimit(exclusive_maximum=bound))
    return lambda value, _: None if value < bound else problem


def amount() -> Check:
    """Require a positive amount of money, with no more decimal places than are stored."""
    positive = more_than(0)
    return lambda value, values: MONEY.problem(value) or positive(value, values)


def items(least: int, most: int) -> Check:
    """Require a list of ``least`` to ``most`` items."""
    problem = Problem(f"Must have {_range(least, most)} items.", ValueLimit(min_items=least, max_items=most))
    return lambda value, _: None if least <= len(value) <= most else problem


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


def _check(limit: ValueLimit, column: Column[Any]) -> Check:
    """Return the check of a limit of ``column``."""
    if limit.pattern is not None:
        return _matching(limit.pattern, f"Invalid value. {column.comment or ''}".strip())
    if limit.max_length is not None:
        return text(limit.min_length or 0, limit.max_length)
    if limit.exclusive_minimum is not None:
        return more_than(limit.exclusive_minimum)
    if limit.exclusive_maximum is not None:
        return less_than(limit.exclusive_maximum)
    return number(limit.minimum, limit.maximum)


def checks_of(column: Column[Any]) -> Iterator[Check]:
    """Yield the checks that ``column`` requires of every value."""
    kind = kind_of(column.type)
    yield lambda value, _: kind.problem(value)
    if is_one_line(column):
        yield one_line()
    for constraint in column.table.constraints:
        if (limit := limit_of(constraint, column)) is not None:
            yield _check(limit, column)


def is_one_line(column: Column[Any]) -> bool:
    """Return True if inputs of ``column`` are one line, by its declared length."""
    constraints = column.table.constraints
    return any(each.info.get(ONE_LINE) and each.name in _length_names(column) for each in constraints)


def _length_names(column: Column[Any]) -> tuple[str, str]:
    """Return the name of the CHECK on the length of a column, as declared and with the naming convention."""
    return f"{column.name}_length", f"ck_{column.table.name}_{column.name}_length"
