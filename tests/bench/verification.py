"""Comparison of responses before the measurement: equal values, order and order of keys on every server."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tests.bench.calls import Call
from tests.bench.data import Bench
from tests.bench.operations.operation import Operation
from tests.bench.requests import requests
from tests.bench.servers import Failed, Server

TIMES = re.compile("[a-z]+At(_[0-9]+)?")
"""Names of fields with times."""
IDS = re.compile("id|deletedId")
"""Names of fields whose values differ if each server writes its own row."""
COMPARED = 5
"""Number of requests of each operation."""


def compare(servers: list[Server], operations: list[Operation], bench: Bench) -> list[str]:
    """Compare the servers of each operation. Raises Failed if one differs from the first of them.

    Returns the operations that could not be compared because only one server has them.
    """
    alone = []
    for operation in operations:
        able = [server for server in servers if operation.compared and server.contestant.can(operation)]
        asked = [requests(server, operation, bench, COMPARED)[:COMPARED] for server in able]
        answers = [
            [answer(server, call, operation) for call in calls] for server, calls in zip(able, asked, strict=True)
        ]
        for server, calls, given in zip(able[1:], asked[1:], answers[1:], strict=True):
            for call, one, other in zip(calls, given, answers[0], strict=True):
                check_same(operation, able[0], server, call, other, one)
        for server, calls, given in zip(able, asked, answers, strict=True):
            for index, call in enumerate(calls if operation.checked else ()):
                written = asked[0][index].variables if not operation.rows else call.variables
                check_written(operation, server, given[index], written, bench)
        if operation.compared and len(able) < 2:
            alone.append(f"{operation.name} is answered by {able[0].contestant.title} only.")
    bench.tidy()
    return alone


def answer(server: Server, call: Call, operation: Operation) -> Any:
    """Return the data of the response in comparable form."""
    return operation.plain(server.fetch(call)["data"])


def check_same(operation: Operation, first: Server, other: Server, call: Call, right: Any, given: Any) -> None:
    """Raise Failed if the answers of two servers differ."""
    digits = min(first.contestant.digits, other.contestant.digits)
    one, two = (shown(value, digits, masked=operation.writes) for value in (given, right))
    if not same(one, two):
        message = f"{other.contestant.title} answers {operation.name} unlike {first.contestant.title}"
        raise Failed(f"{message}:\n{excerpt(one, two)}\n{call.body[:1000]}")


def check_written(operation: Operation, server: Server, given: Any, variables: Any, bench: Bench) -> None:
    """Raise Failed unless the database contains the written rows."""
    rows = bench.fetch(operation.checked, json.dumps(list(ids_in(given))), json.dumps(variables))
    if not rows or not rows[0][0]:
        written = f"{str(given)[:300]} for {str(variables)[:300]}"
        raise Failed(
            f"{server.contestant.title}, {operation.name}: the database does not have what was written: {written}"
        )


def ids_in(value: Any) -> Iterator[str]:
    """Yield all ids in an answer."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if IDS.fullmatch(name):
                yield str(inner)
            else:
                yield from ids_in(inner)
    elif isinstance(value, list):
        for each in value:
            yield from ids_in(each)


def shown(value: Any, digits: int, name: str = "", *, masked: bool = False) -> Any:
    """Return ``value`` with times of this precision in one notation and time zone.

    With ``masked``, ids are left out.
    """
    if isinstance(value, dict):
        return {key: shown(inner, digits, key, masked=masked) for key, inner in value.items()}
    if isinstance(value, list):
        return [shown(inner, digits, name, masked=masked) for inner in value]
    if masked and IDS.fullmatch(name):
        return "*"
    if isinstance(value, str) and TIMES.fullmatch(name):
        moment = datetime.fromisoformat(value).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
        return moment[: len(moment) - 6 + digits]
    return value


def same(one: Any, other: Any) -> bool:
    """Return True if two answers are equal, the order of keys included."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) and type(one) is type(other)


def excerpt(given: Any, right: Any) -> str:
    """Return the first difference of two answers, with the text before it."""
    one, other = str(given), str(right)
    at = next((i for i, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0)
    return f"{one[max(0, at - 60) : at + 200]}\n{other[max(0, at - 60) : at + 200]}"


def notes(servers: list[Server]) -> list[str]:
    """Return notes about normalizations before the comparison."""
    coarse = [server.contestant for server in servers if server.contestant.digits < 6]
    lines = ["Times were compared as moments: not every server writes six digits and Z."]
    return lines + [f"{each.title} keeps {each.digits} digits of a second; the others keep 6." for each in coarse]
