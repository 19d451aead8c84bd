"""Encoding of responses, including values that orjson rejects."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from graphql_app.execution.encoding import encode


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": [1, 2.5, None, True, "ä"]}, '{"a":[1,2.5,null,true,"ä"]}'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (datetime(2026, 11, 21, 8, tzinfo=UTC), '"2026-11-21T08:00:00+00:00"'),
        (float("nan"), "null"),
        (2**64, "18446744073709551616"),
        ({"n": -(2**80), "x": float("inf")}, '{"n":-1208925819614629174706176,"x":null}'),
        ("half \ud83d", '"half \ufffd"'),
        ("two halves \ud83d\ude00", '"two halves \U0001f600"'),
        ({"\udc00": ("\udc00", 1)}, '{"\ufffd":["\ufffd",1]}'),
    ],
    ids=ascii,
)
def test_a_value_is_encoded_as_json_in_utf_8(value: Any, expected: str) -> None:
    assert encode(value).decode("utf-8") == expected


def test_a_value_nested_too_deeply_for_orjson_is_encoded() -> None:
    value: Any = "leaf"
    for _ in range(300):
        value = [value]
    assert json.loads(encode(value)) == value
