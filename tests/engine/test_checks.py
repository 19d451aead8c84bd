"""Checks of input values: declared ones, and those of columns."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, Column, Integer, MetaData, SmallInteger, Table, Text

from graphql_app.models.columns import length
from graphql_app.mutations.input_checks import (
    after,
    amount,
    before,
    checks_of,
    email,
    items,
    less_than,
    more_than,
    number,
    text,
)
from graphql_app.types.declarations import Check

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def refused(checks: tuple[Check, ...] | Check, value: Any, **others: Any) -> bool:
    several = checks if isinstance(checks, tuple) else (checks,)
    return any(check(value, others) is not None for check in several)


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (text(1, 3), ["a", "abc", " a ", "äöü"], ["", "abcd", " ", "\t\n", "\u00a0"]),
        (text(0, 3), ["", " ", "abc"], ["abcd"]),
        (number(1, 5), [1, 5, Decimal("2.5")], [0, 6, -1, Decimal("5.01")]),
        (number(least=0), [0, 10**30], [-1]),
        (more_than(0), [1, Decimal("0.01")], [0, -1]),
        (less_than(0), [-1], [0, 1]),
        (amount(), [Decimal("0.01"), Decimal(10**15)], [Decimal(0), Decimal(-1), Decimal("0.001"), Decimal(10**16)]),
        (items(1, 2), [[1], [1, 2]], [[], [1, 2, 3]]),
        (
            email(),
            ["a@b", "a.b+c@example.com", "ä@bücher.example", f"{'a' * 64}@b.example", "a@1.2"],
            [
                *("", "a", "@b", "a@", "a@b@c", "a b@c", "a@b c", "a@-b", "a@b-", "a@b..c", "a@.b", "a@b.", "a@b\n"),
                *(f"{'a' * 65}@b", f"a@{'b' * 64}", f"a@{'.'.join(['b' * 60] * 5)}", "a\x00@b", "a@b_"),
            ],
        ),
    ],
)
def test_a_check_accepts_only_valid_values(check: Check, good: list[Any], bad: list[Any]) -> None:
    assert [value for value in good if refused(check, value)] == []
    assert [value for value in bad if not refused(check, value)] == []


def test_fields_are_compared_if_both_have_values() -> None:
    assert refused(before("due_at"), NOON, due_at=NOON)
    assert not refused(before("due_at"), NOON, due_at=NOON.replace(hour=13))
    assert not refused(before("due_at"), NOON, due_at=None)
    assert not refused(before("due_at"), NOON)
    assert refused(after("begun_at"), NOON, begun_at=NOON)
    assert not refused(after("begun_at"), NOON, begun_at=NOON.replace(hour=11))


TABLE = Table(
    "things",
    MetaData(),
    Column("name", Text),
    Column("note", Text),
    Column("color", Text, comment="A color."),
    Column("place", SmallInteger),
    Column("weight", Integer),
    Column("weight_before", Integer),
    length("name", 5),
    length("note", 5, least=0),
    CheckConstraint("color ~ '^#[0-9a-f]{6}$'", name="color"),
    CheckConstraint("place BETWEEN 1 AND 5", name="place"),
    CheckConstraint("weight > 0", name="weight"),
    CheckConstraint("weight <> weight_before", name="other"),
)


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("name", ["a", "abcde"], ["", "  ", "abcdef"]),
        ("note", ["", " ", "abcde"], ["abcdef"]),
        ("color", ["#00ff00"], ["00ff00", "#00FF00", "#00ff00\n", "x#00ff00"]),
        ("place", [1, 5], [0, 6, 2**15]),
        ("weight", [1, 2**31 - 1], [0, 2**31]),
        ("weight_before", [0, -1], [2**31]),
    ],
)
def test_a_column_has_the_checks_of_its_type_and_constraints(column: str, good: list[Any], bad: list[Any]) -> None:
    checks = tuple(checks_of(TABLE.columns[column]))
    assert [value for value in good if refused(checks, value)] == []
    assert [value for value in bad if not refused(checks, value)] == []
