"""Requests of a load: drawn ones, or one for each row to be consumed."""

import json
from dataclasses import replace

from tests.bench.calls import Call
from tests.bench.contestants import STATIC
from tests.bench.data import Bench
from tests.bench.operations.operation import Operation
from tests.bench.servers import Failed, Server

SIZES: dict[str, int] = {}
"""Bytes of Workline's response, by operation, for the static response of equal size."""


def requests(server: Server, operation: Operation, bench: Bench, count: int) -> list[Call]:
    """Return requests of an operation; ``count`` is the number of requests if each one consumes a row."""
    if server.name == STATIC:
        return [sized(call, SIZES[operation.name]) for call in server.calls.of(operation)]
    if operation.rows:
        viewer = server.calls.writer
        return server.calls.on(operation, bench.provide(operation.rows, viewer.organization_id, viewer.user_id, count))
    return server.calls.of(operation)


def measure_size(server: Server, operation: Operation) -> None:
    """Store the length of this server's response to an operation. Raises Failed for another status than 200."""
    status, text = server.send(server.calls.of(operation)[0])
    if status != 200:
        raise Failed(f"{server.contestant.title}, {operation.name}: {status} {text[:500]!r}")
    SIZES[operation.name] = len(text)


def sized(call: Call, size: int) -> Call:
    """Return the same call for a response of this number of bytes."""
    return replace(call, body=json.dumps({**json.loads(call.body), "variables": {"size": size}}))
