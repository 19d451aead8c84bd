"""How many messages with SQL a request costs, read from PostgreSQL's log of one request at a time."""

import re
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.bench.calls import OPERATIONS, Call
from tests.bench.data import Bench
from tests.bench.servers import Server

SENT = re.compile(r"LOG:  (?:statement|execute [^:]*): *(\w+)")
AROUND = {"BEGIN", "START", "COMMIT", "ROLLBACK", "SET", "DEALLOCATE", "DISCARD"}
"""What frames a transaction, and is counted apart."""
WARM_UP, SAMPLES = 25, 5
PAUSE = 0.06
"""Seconds until the log has what a request has sent, also after its response."""


@contextmanager
def logged(bench: Bench) -> Iterator[None]:
    """Have PostgreSQL write down every statement."""
    bench.execute("ALTER SYSTEM SET log_statement = 'all'", "SELECT pg_reload_conf()")
    time.sleep(0.5)
    try:
        yield
    finally:
        bench.execute("ALTER SYSTEM RESET log_statement", "SELECT pg_reload_conf()")
        time.sleep(0.2)


def count(servers: list[Server], bench: Bench) -> dict[tuple[str, str], tuple[int, int]]:
    """For each server and operation the statements of a request, and the messages that frame its transactions."""
    for server in servers:
        for operation in OPERATIONS:
            for call in server.calls.of(operation)[:WARM_UP]:
                server.ask(call)
    with logged(bench):
        counted = {
            (server.contestant.name, operation): count_one(server, server.calls.of(operation), bench)
            for server in servers
            for operation in OPERATIONS
        }
    bench.tidy()
    return counted


def count_one(server: Server, calls: Sequence[Call], bench: Bench) -> tuple[int, int]:
    """Of one operation, the usual numbers over a few requests; inside ``logged``."""
    seen = []
    for call in calls[:SAMPLES]:
        position = bench.log.stat().st_size
        server.ask(call)
        time.sleep(PAUSE)
        with bench.log.open(errors="replace") as log:
            log.seek(position)
            words = [word.upper() for word in SENT.findall(log.read())]
        around = sum(word in AROUND for word in words)
        seen.append((len(words) - around, around))
    return statistics.mode(seen)
