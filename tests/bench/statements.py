"""Messages with SQL of a request, read from PostgreSQL's log of one request at a time."""

import re
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.bench.calls import Call
from tests.bench.data import Bench
from tests.bench.operations.operation import Operation
from tests.bench.requests import requests
from tests.bench.servers import Server

SENT = re.compile(r"LOG:  (?:statement|execute [^:]*): *((?:.*\n)(?:\t.*\n)*)")
WORD = re.compile(r"\w+")
AROUND = {"BEGIN", "START", "COMMIT", "ROLLBACK", "SET", "DEALLOCATE", "DISCARD"}
"""Messages around a transaction, which are counted separately."""
WARM_UP, SAMPLES = 10, 5
PAUSE = 0.06
"""Seconds until the log contains the statements of a request, also after its response."""


@dataclass(frozen=True)
class Counted:
    """Counts of one request: its statements, the messages around its transactions, and the text of all of them."""

    statements: int
    around: int
    sql: tuple[str, ...]


@contextmanager
def logged(bench: Bench) -> Iterator[None]:
    """Make PostgreSQL log every statement."""
    bench.execute("ALTER SYSTEM SET log_statement = 'all'", "SELECT pg_reload_conf()")
    time.sleep(0.5)
    try:
        yield
    finally:
        bench.execute("ALTER SYSTEM RESET log_statement", "SELECT pg_reload_conf()")
        time.sleep(0.2)


def count(servers: list[Server], operations: list[Operation], bench: Bench) -> dict[tuple[str, str], Counted]:
    """Return the statements of each server for a request of each of its operations."""
    made = {
        (server.name, operation.name): (server, requests(server, operation, bench, WARM_UP + SAMPLES))
        for server in servers
        for operation in operations
        if server.contestant.can(operation)
    }
    for server, calls in made.values():
        for call in calls[SAMPLES : SAMPLES + WARM_UP]:
            server.fetch(call)
    with logged(bench):
        counted = {key: count_one(server, calls, bench) for key, (server, calls) in made.items()}
    bench.tidy()
    return counted


def count_one(server: Server, calls: Sequence[Call], bench: Bench) -> Counted:
    """Return the usual numbers over a few requests; call inside ``logged``."""
    seen = [_sent(server, call, bench) for call in calls[:SAMPLES]]
    usual = statistics.mode([(each.statements, each.around) for each in seen])
    return next(each for each in seen if (each.statements, each.around) == usual)


def _sent(server: Server, call: Call, bench: Bench) -> Counted:
    position = bench.log.stat().st_size
    server.fetch(call)
    time.sleep(PAUSE)
    with bench.log.open(errors="replace") as log:
        log.seek(position)
        texts = tuple(" ".join(text.split()) for text in SENT.findall(log.read()))
    around = sum((WORD.search(text) or [""])[0].upper() in AROUND for text in texts)
    return Counted(len(texts) - around, around, texts)
