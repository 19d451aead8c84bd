"""Random filters, with values of rows, values next to them, and values of no row."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from tests.engine.datasets import library
from tests.engine.filter_oracle import KINDS, MANY, ONE, genre, moment
from tests.engine.toy.rows import MOMENT, TEXTS

LARGE = library("large").rows
Filters = st.SearchStrategy[dict[str, Any]]

ids = st.sampled_from([str(row["id"]) for table in KINDS for row in LARGE[table][:4]] + [str(UUID(int=7))])
texts = st.sampled_from(
    [*TEXTS, "A", "Ann", "ANN", "äSS", "word 01", "shelf", "red", "torn", "%", "_", "/", "\\", "b%"]
)
numbers = st.sampled_from([-(2**15), -1, 0, 1, 2, 10, 20, 30, 2**15 - 1])
decimals = st.sampled_from(["-0.01", "0", "9.9", "9.90", "9.91", "9999999999999999.99", "-9999999999999999.99", 1])
moments = st.sampled_from(
    [MOMENT.isoformat(), "2026-03-01T13:00:00.123457+01:00", "2026-02-28T12:00:00.123456Z", "0001-01-01T00:00:00Z"]
)
EQUALITY, RANGE, TEXT = (
    ["eq", "neq", "in", "nin"],
    ["lt", "lte", "gt", "gte"],
    ["contains", "containsIgnoreCase", "startsWith"],
)
LEAVES: dict[Any, tuple[st.SearchStrategy[Any], list[str]]] = {
    UUID: (ids, EQUALITY),
    str: (texts, [*EQUALITY, *RANGE, *TEXT]),
    int: (numbers, [*EQUALITY, *RANGE]),
    Decimal: (decimals, [*EQUALITY, *RANGE]),
    moment: (moments, [*EQUALITY, *RANGE]),
    genre: (st.sampled_from(["NOVEL", "POEMS", "ATLAS"]), EQUALITY),
    bool: (st.booleans(), ["eq", "neq"]),
}


@st.composite
def comparisons(draw: st.DrawFn, kind: Any) -> dict[str, Any]:
    """Return a comparison with one operator, sometimes several, sometimes none."""
    values, operators = LEAVES[kind]
    chosen = draw(st.lists(st.sampled_from([*operators, "isNull"]), max_size=2, unique=True))
    made: dict[str, Any] = {}
    for operator in chosen:
        many = operator in ("in", "nin")
        made[operator] = draw(
            st.booleans() if operator == "isNull" else st.lists(values, max_size=3) if many else values
        )
    return made


@st.composite
def filters_of(draw: st.DrawFn, table: str, depth: int) -> dict[str, Any]:
    """Return filters of a table's rows up to this depth."""
    if depth <= 1 or draw(st.integers(0, 3)) == 0:
        name = draw(st.sampled_from(sorted(KINDS[table])))
        return {name: draw(comparisons(KINDS[table][name]))}
    parts = st.dictionaries(st.sampled_from(_names(table)), st.none(), max_size=2)
    return {name: draw(_content(table, name, depth - 1)) for name in draw(parts)}


def _names(table: str) -> list[str]:
    return ["and", "or", "not", *sorted(KINDS[table]), *ONE.get(table, ()), *MANY.get(table, ())]


def _content(table: str, name: str, depth: int) -> st.SearchStrategy[Any]:
    if name in ("and", "or"):
        return st.lists(filters_of(table, depth), max_size=3)
    if name == "not":
        return filters_of(table, depth)
    if name in KINDS[table]:
        return comparisons(KINDS[table][name])
    if name in ONE.get(table, {}):
        return filters_of(ONE[table][name][0], depth)
    far = MANY[table][name][0]
    return st.dictionaries(st.sampled_from(["some", "every", "none"]), filters_of(far, depth), max_size=2)
