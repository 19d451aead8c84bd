"""Load on one server: by wrk if it is installed, or else by a generator of our own."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.calls import Call
from tests.bench.cpu import LOAD_CORE, busy_seconds, cpu_seconds, pinned
from tests.bench.data import Bench
from tests.bench.servers import Failed, Server

SCRIPT = Path(__file__).parent / "post.lua"
LONGEST = 30.0
"""Maximum duration in seconds of a load on a slow server."""
FIGURES = re.compile(r"FIGURES (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)")


@dataclass(frozen=True)
class Load:
    """Results of one load. Times are in milliseconds; ``others`` is the number of cores that other processes used.

    ``timeouts`` is the number of requests without a response in time; the server may have answered them later.
    """

    requests: int
    per_second: float
    p50: float
    p99: float
    server_cpu: float
    postgres_cpu: float
    others: float
    timeouts: int = 0


def generator() -> str:
    """Return the name of the load generator."""
    return "wrk" if shutil.which("wrk") else "tests/bench/generator.py"


def put(server: Server, bench: Bench, calls: Sequence[Call], *, clients: int, seconds: float) -> Load:
    """Send ``calls`` in turn by this number of clients. Raises Failed if a request failed.

    When the time is over, the load abandons requests without a response. The server answers them nevertheless, so they
    and their CPU are counted.
    """
    server.settle()
    began, server_before, postgres_before, all_before, load_before = _meters(server, bench)
    count, micros, p50, p99, failed, timeouts = _run(server.port, calls, clients, seconds)
    if not count and not failed and seconds < LONGEST:
        # no client received a response in that time
        return put(server, bench, calls, clients=clients, seconds=seconds * 3)
    ended, server_at_end, postgres_at_end, all_after, load_after = _meters(server, bench)
    server.settle()
    if failed or not count:
        raise Failed(f"{server.contestant.title}, {calls[0].operation}: {failed} of {count + failed} requests failed.")
    known = (server_at_end - server_before) + (postgres_at_end - postgres_before) + (load_after - load_before)
    answered = count + clients
    return Load(
        requests=count,
        per_second=count / micros * 1e6,
        p50=p50 / 1e3,
        p99=p99 / 1e3,
        server_cpu=(server.cpu() - server_before) / answered * 1e3,
        postgres_cpu=(cpu_seconds(bench.pid) - postgres_before) / answered * 1e3,
        others=max(0.0, all_after - all_before - known) / (ended - began),
        timeouts=timeouts,
    )


def _meters(server: Server, bench: Bench) -> tuple[float, float, float, float, float]:
    load = os.times()
    used = load.children_user + load.children_system + load.user + load.system
    return time.monotonic(), server.cpu(), cpu_seconds(bench.pid), busy_seconds(), used


def _run(port: int, calls: Sequence[Call], clients: int, seconds: float) -> tuple[int, ...]:
    with tempfile.NamedTemporaryFile("w") as file:
        file.writelines(f"{call.token}\t{call.body}\n" for call in calls)
        file.flush()
        environment = {**os.environ, "BENCH_CALLS": file.name}
        command = _command(f"http://127.0.0.1:{port}", clients, seconds)
        done = subprocess.run(pinned(LOAD_CORE, command), env=environment, capture_output=True, text=True, check=False)
    found = FIGURES.search(done.stdout)
    if found is None:
        raise Failed(f"The load did not run: {done.stdout}{done.stderr}")
    return tuple(map(int, found.groups()))


def _command(address: str, clients: int, seconds: float) -> list[str]:
    if generator() != "wrk":
        return [sys.executable, "-m", "tests.bench.generator", address, str(clients), str(seconds)]
    # wrk counts whole seconds
    length = f"{max(1, round(seconds))}s"
    return ["wrk", "-t1", f"-c{clients}", f"-d{length}", "--timeout", "20s", "-s", str(SCRIPT), address]
