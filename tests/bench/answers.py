"""Before anything is timed: every server gives the same answers, in values, order and order of keys."""

import re
from datetime import UTC, datetime
from typing import Any

from tests.bench.calls import OPERATIONS, Call
from tests.bench.data import Bench
from tests.bench.servers import Failed, Server

TIMES = re.compile("[a-z]+At")
"""The names of fields that are times."""
COMPARED = 5
"""Requests of each operation, spread over all of them."""
CREATED = """SELECT t.title, t.description, t.priority::int, t.status, w.name, t.creator_id::text FROM tasks t
LEFT JOIN workers w ON w.organization_id = t.organization_id AND w.id = t.assignee_id WHERE t.id = $1::text::uuid"""


def compare(servers: list[Server], bench: Bench) -> None:
    """Raise Failed where a server answers differently from the first one."""
    reference = servers[0]
    for operation in OPERATIONS:
        for server in servers:
            calls = zip(server.calls.of(operation), reference.calls.of(operation), strict=True)
            for index, (asked, expected) in enumerate(calls):
                if index % (200 // COMPARED) == 0:
                    compare_one(server, asked, reference, expected, bench)


def compare_one(server: Server, asked: Call, reference: Server, expected: Call, bench: Bench) -> None:
    """Ask both servers the same and raise Failed where the answers differ."""
    if asked.operation == "create":
        check_created(server, asked, bench)
        return
    digits = min(server.contestant.digits, reference.contestant.digits)
    given, right = shown(server.ask(asked)["data"], digits), shown(reference.ask(expected)["data"], digits)
    if not same(given, right):
        raise Failed(f"{server.contestant.title} answers {asked.operation} differently:\n{excerpt(given, right)}")


def check_created(server: Server, call: Call, bench: Bench) -> None:
    """Raise Failed unless the task is in the database, all of it, and the answer says so."""
    task = server.ask(call)["data"]["createTask"]["task"]
    (row,) = bench.fetch(CREATED, task["id"])
    title, description, priority, status, worker, _ = row
    given = call.variables["input"]
    wanted = (given["title"], given["description"], given["priority"], "OPEN")
    answer = {"id": task["id"], "title": title, "assignee": {"name": worker}}
    if (title, description, priority, status) != wanted or not same(task, answer):
        raise Failed(f"{server.contestant.title} creates another task: {task}, {row}")


def shown(value: Any, digits: int, name: str = "") -> Any:
    """``value`` with its times to so many digits of a second, whatever the notation and the zone."""
    if isinstance(value, dict):
        return {key: shown(inner, digits, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [shown(inner, digits, name) for inner in value]
    if isinstance(value, str) and TIMES.fullmatch(name):
        moment = datetime.fromisoformat(value).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
        return moment[: len(moment) - 6 + digits]
    return value


def same(one: Any, other: Any) -> bool:
    """Whether two answers are equal, the order of keys included."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) and type(one) is type(other)


def excerpt(given: Any, right: Any) -> str:
    """The beginnings of two answers, from a little before they differ."""
    one, other = str(given), str(right)
    at = next((i for i, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0)
    return f"{one[max(0, at - 60) : at + 200]}\n{other[max(0, at - 60) : at + 200]}"


def notes(servers: list[Server]) -> list[str]:
    """What was made equal before it was compared."""
    coarse = [server.contestant for server in servers if server.contestant.digits < 6]
    lines = ["Times were compared as moments: not every server writes six digits and Z."]
    return lines + [f"{each.title} keeps {each.digits} digits of a second; the others keep 6." for each in coarse]
