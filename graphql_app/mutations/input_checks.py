"""Checks of an input's values before any statement, so that everything wrong is reported at once.

``title: str = field("What is to be done.", text(1, 200))`` declares one. Those that a column requires, its type's
limits and CHECK constraints of a common form, are added by :func:`graphql_app.mutations.inputs.input_of`.
What is not recognised here is refused by the database all the same, only not together with everything else.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from operator import gt, lt
from typing import Any

from sqlalchemy import CheckConstraint, Column, Integer, Numeric

from graphql_app.models.columns import fits, numbers_of
from graphql_app.names import camel_case
from graphql_app.types.descriptions import Check

LABEL = r"[^\W_]([\w-]{0,61}[^\W_])?"
EMAIL = re.compile(rf"[^@\s\x00-\x1f\x7f]{{1,64}}@{LABEL}(\.{LABEL})*")
MOST_OF_EMAIL = 254
MONEY: Numeric[Any] = Numeric(18, 2)
"""What amounts are kept as."""


def text(least: int, most: int) -> Check:
    """A text of ``least`` to ``most`` characters; where one is needed, blanks alone are none."""

    def check(value: str, _: Mapping[str, Any]) -> str | None:
        if least <= len(value) <= most and (value.strip() or not least):
            return None
        return f"Must be {_range(least, most)} characters{' and not blank' if least else ''}."

    return check


def pattern(expression: str, meaning: str) -> Check:
    """A text in which the regular expression is found; ``meaning`` says, as a sentence, what it has to be."""
    compiled = re.compile(expression)
    return lambda value, _: None if compiled.search(value) else meaning


def email() -> Check:
    """An e-mail address by its form: whether mail arrives there, only mail can tell."""
    return lambda value, _: (
        None if len(value) <= MOST_OF_EMAIL and EMAIL.fullmatch(value) else "Must be an email address."
    )


def currency() -> Check:
    """Three capital letters, as ISO 4217 has them."""
    return pattern(r"^[A-Z]{3}\Z", "Must be a currency code of three capital letters, such as EUR.")


def number(least: Decimal | int | None = None, most: Decimal | int | None = None) -> Check:
    """A number from ``least`` to ``most``, both included."""

    def check(value: Decimal | int, _: Mapping[str, Any]) -> str | None:
        if least is not None and value < least:
            return f"Must be at least {least:,}."
        return None if most is None or value <= most else f"Must be at most {most:,}."

    return check


def more_than(bound: Decimal | int) -> Check:
    """A number above ``bound``."""
    return lambda value, _: None if value > bound else f"Must be greater than {bound:,}."


def less_than(bound: Decimal | int) -> Check:
    """A number below ``bound``."""
    return lambda value, _: None if value < bound else f"Must be less than {bound:,}."


def amount() -> Check:
    """An amount of money that can be moved: more than zero, with the decimal places that are kept."""

    def check(value: Decimal, _: Mapping[str, Any]) -> str | None:
        if not fits(value, MONEY):
            return f"Must be {numbers_of(MONEY)}."
        return None if value > 0 else "Must be greater than 0."

    return check


def items(least: int, most: int) -> Check:
    """A list of ``least`` to ``most`` items."""
    return lambda value, _: None if least <= len(value) <= most else f"Must have {_range(least, most)} items."


def _range(least: int, most: int) -> str:
    return f"{least:,}-{most:,}" if least else f"at most {most:,}"


def before(other: str) -> Check:
    """Less, or earlier, than the field of the Python name ``other``, where that has a value."""
    return _compared(other, lt, f"Must be before `{camel_case(other)}`.")


def after(other: str) -> Check:
    """More, or later, than the field of the Python name ``other``, where that has a value."""
    return _compared(other, gt, f"Must be after `{camel_case(other)}`.")


def _compared(other: str, fitting: Callable[[Any, Any], bool], meaning: str) -> Check:
    def check(value: Any, values: Mapping[str, Any]) -> str | None:
        compared = values.get(other)
        return None if compared is None or fitting(value, compared) else meaning

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
    if isinstance(column.type, (Integer, Numeric)):
        yield lambda value, _: None if fits(value, column.type) else f"Must be {numbers_of(column.type)}."
    for constraint in column.table.constraints:
        if isinstance(constraint, CheckConstraint):
            yield from _recognised(str(constraint.sqltext), column)


def _recognised(condition: str, column: Column[Any]) -> Iterator[Check]:
    for form, make in FORMS.items():
        if found := re.fullmatch(form.replace("{column}", column.name), condition):
            yield make(*found.groups())
    if found := re.fullmatch(MATCHES.replace("{column}", column.name), condition):
        yield pattern(rf"{found[1]}\Z", f"Invalid value. {column.comment or ''}".strip())
