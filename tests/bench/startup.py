"""Time from the start of a server to its first response."""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import click

from tests.bench.contestants import BY_HAND, CONTESTANTS, OURS, UVICORN, Contestant
from tests.bench.data import Bench
from tests.bench.operations import OPERATIONS
from tests.bench.operations.operation import Organization
from tests.bench.plain_strawberry import write_application
from tests.bench.servers import Failed, running

FIRST = OPERATIONS["task"]
STRAWBERRY = "strawberry-sdl"
SCHEMA = Path(__file__).parents[2] / "schema" / "schema.graphql"


@dataclass(frozen=True)
class Start:
    """Median seconds until the first response, by server."""

    seconds: dict[str, float]


def measure(bench: Bench, among: list[Organization], *, rounds: int, seed: int) -> Start:
    """Start each server several times, in turn; the first start of each, which compiles bytecode, does not count."""
    with tempfile.TemporaryDirectory() as directory:
        write_application(SCHEMA.read_text(), Path(directory) / "sdl_application.py")
        contestants = [*(each for each in CONTESTANTS if starts(each)), plain_strawberry(directory)]
        taken: dict[str, list[float]] = {each.name: [] for each in contestants}
        for turn in range(rounds + 1):
            for contestant in contestants:
                seconds = one_start(contestant, bench, among, seed)
                if turn:
                    taken[contestant.name].append(seconds)
                    click.echo(f"  start {turn}/{rounds}  {contestant.title:34}{seconds:9.2f} s", err=True)
    return Start({name: statistics.median(each) for name, each in taken.items()})


def starts(contestant: Contestant) -> bool:
    """Return True if its start is measured."""
    return (
        contestant.name in (OURS, BY_HAND, "strawberry", "postgraphile", "mercurius") and contestant.missing() is None
    )


def plain_strawberry(directory: str) -> Contestant:
    """Return a Strawberry application with the types of Workline's schema and no resolvers."""
    command: Callable[[int], list[str]] = lambda port: [  # noqa: E731 (as in the other contestants)
        sys.executable, "-m", "uvicorn", "sdl_application:app", "--app-dir", directory, "--port", str(port), *UVICORN,
    ]  # fmt: skip
    return Contestant(STRAWBERRY, "Strawberry, the same SDL", "plain", command)


def one_start(contestant: Contestant, bench: Bench, among: list[Organization], seed: int) -> float:
    """Return the seconds until the first response. Raises Failed if there is none."""
    began = time.perf_counter()
    with running(contestant, bench, among, seed) as server:
        call = server.calls.of(FIRST, most=1)[0]
        if contestant.name == STRAWBERRY:
            call = replace(call, body='{"query": "{ __typename }"}')
        status, text = server.send(call)
        taken = time.perf_counter() - began
        if status != 200:
            raise Failed(f"{contestant.title} answers its first request with {status}: {text[:300]!r}")
    return taken
