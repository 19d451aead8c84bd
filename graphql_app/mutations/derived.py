"""Checks that a column asks for: its type's limits, and its CHECK constraints where they are of a common form.

What is not recognised here is refused by the database all the same, only not together with everything else.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import CheckConstraint, Column, Integer, Numeric

from graphql_app.database.columns import fits, numbers_of
from graphql_app.mutations.checks import Check, less_than, more_than, number, pattern, text

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


def checks_of(column: Column[Any]) -> tuple[Check, ...]:
    """What every value of ``column`` has to satisfy."""
    return (*_of_type(column), *_of_constraints(column))


def _of_type(column: Column[Any]) -> Iterator[Check]:
    if isinstance(column.type, (Integer, Numeric)):
        yield lambda value, _: None if fits(value, column.type) else f"This has to be {numbers_of(column.type)}."


def _of_constraints(column: Column[Any]) -> Iterator[Check]:
    for constraint in column.table.constraints:
        if isinstance(constraint, CheckConstraint):
            yield from _recognised(str(constraint.sqltext), column)


def _recognised(condition: str, column: Column[Any]) -> Iterator[Check]:
    matching = partial(_match, condition=condition, column=column.name)
    for form, make in FORMS.items():
        if found := matching(form):
            yield make(*found.groups())
    if found := matching(MATCHES):
        yield pattern(rf"{found[1]}\Z", f"This value is not allowed. {column.comment or ''}".strip())


def _match(form: str, *, condition: str, column: str) -> re.Match[str] | None:
    return re.fullmatch(form.replace("{column}", column), condition)
