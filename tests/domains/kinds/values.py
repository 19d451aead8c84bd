"""Values of every kind as clients send and receive them, and as plain SQL has them."""

from typing import Any

MOMENTS = [
    "0001-01-01T00:00:00.000000Z",
    "1582-10-10T12:00:00.000001Z",
    "2026-03-29T00:59:59.999999Z",
    "9999-12-31T23:59:59.999999Z",
]
VALUES: dict[str, list[Any]] = {
    "small": [-32768, 0, 7, 32767],
    "whole": [-(2**31), 0, 40_000, 2**31 - 1],
    "big": [str(-(2**63)), "0", "9007199254740993", str(2**63 - 1)],
    "ratio": [-1.7976931348623157e308, 0.1, 5e-324, 1.7976931348623157e308],
    "single": [-2.5, 0.0, 0.5, 16777216.0],
    "amount": ["-999999.99", "0.00", "0.10", "999999.99"],
    "exact": ["-0.000000000000000000000000000001", "0", "0.125", "1234567890123456789012345678901"],
    "yes": [False, True],
    "words": ["", "a%b_c/d\\e'f", "Zürich 🙂", "x" * 3000],
    "line": ["a", "b c", "é", "x" * 20],
    "code": ["", "a", "äöü", "abc"],
    "fixed": ["", "a", "ab d", "äöüß"],
    "ref": [
        "00000000-0000-0000-0000-000000000000",
        "01890a5d-ac96-774b-bcce-b302099a8057",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ],
    "day": ["0001-01-01", "1900-02-28", "2024-02-29", "9999-12-31"],
    "hour": ["00:00:00.000000", "07:48:30.000000", "12:00:00.000001", "23:59:59.999999"],
    "moment": MOMENTS,
    "local": [each.removesuffix("Z") for each in MOMENTS],
    "lasting": ["P-1M", "PT0S", "P1DT-2H", "PT36H", "P1Y2M3DT4H5M6.000007S", "PT2562047788H54.775807S"],
    "data": ["", "AA==", "AAEC/w==", "/////w=="],
    "doc": [{"a": {"b": [1, "x", None]}, "c": 1.5}, ["x", {"k": True}], "text", 12, {"a": {"b": 2}}],
    "texts": [[], ["a"], ["b", "a", "a"], ["c,d", '"e"', "{}", ""]],
    "smalls": [[], [-32768], [1, 2, 3], [32767, 1]],
    "days": [[], ["2024-02-29"], ["0001-01-01", "9999-12-31"]],
    "refs": [[], ["01890a5d-ac96-774b-bcce-b302099a8057"]],
    "grade": ["HIGH", "LOW"],
    "mood": ["GLAD", "SAD"],
    "color": ["BLUE", "RED"],
    "grades": [[], ["LOW"], ["HIGH", "LOW"]],
    "secret": ["ab", "ba", "Zürich 🙂"],
    "negated": [-5, 0, 7],
    "shifted": ["-1.2500", "0.0000", "99.9900"],
    "span": ["empty", "(,)", "[-5,7)", "[1,2)"],
    "wide": ["[9007199254740993,9007199254740995)", "(,5)"],
    "prices": ["[0.5,0.75]", "(0.5,)"],
    "stay": ["[2026-01-01,2026-01-05)", "[2026-01-03,)"],
    "shift": ["[2026-01-01T00:00:00.000000Z,2026-01-01T08:00:00.000000Z)", "(,)"],
    "opening": ["[2026-01-01T00:00:00.000000,2026-01-01T08:00:00.000000]"],
    "class_": ["", "first", "second"],
}
"""Values by column, from the smallest one for kinds with an order."""
ROWS = max(map(len, VALUES.values())) + 1
"""Number of samples: one for each value, and one with nulls."""
STORED: dict[str, dict[Any, str]] = {
    "color": {"BLUE": "blue", "RED": "red"},
    "secret": {each: each[::-1] for each in VALUES["secret"]},
    "negated": {each: str(-each) for each in VALUES["negated"]},
    "shifted": {"-1.2500": "-125", "0.0000": "0", "99.9900": "9999"},
}
"""Texts of values in SQL, where they differ from those of clients."""


def api_name(column: str) -> str:
    """Return the name of a column's field."""
    return column.rstrip("_")


def sample(index: int) -> dict[str, Any]:
    """Return the values of a sample by the names of its fields; null for those that have no more."""
    return {api_name(name): values[index] for name, values in VALUES.items() if index < len(values)}
