"""Latency of admitted requests, and the share of refused ones, by the number of connections."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace

import click

from tests.bench import results
from tests.bench.calls import organizations
from tests.bench.contestants import CONTESTANTS, OURS, Contestant
from tests.bench.cpu import LOAD_CORE, cpu_seconds, memory_mb, pinned
from tests.bench.data import Bench, database
from tests.bench.operations import OPERATIONS
from tests.bench.overload_chart import draw
from tests.bench.requests import requests
from tests.bench.servers import Failed, Server, running

CONNECTIONS = (10, 25, 50, 100, 200, 300, 500)
MIXED = ("board", "list", "task", "nested")
"""Operations that the clients send in turn."""
OFF = {"WORKLINE_OVERLOAD_INTERVAL": "0"}
MODES = {"on": "with load shedding", "off": "without"}
Figures = dict[str, float]


def measure_overload(*, seconds: int, soak: int, keep: bool) -> None:
    """Measure each number of connections with and without load shedding in turn, then 300 connections for longer."""
    contestant = next(each for each in CONTESTANTS if each.name == OURS)
    plain = replace(contestant, environment={**contestant.environment, **OFF})
    found: dict[str, list[Figures]] = {mode: [] for mode in MODES}
    with database() as bench:
        for number in CONNECTIONS:
            for mode, each in (("on", contestant), ("off", plain)):
                found[mode].append(one(each, bench, number, seconds))
                click.echo(line(MODES[mode], found[mode][-1]))
        soaked = {mode: one(each, bench, 300, soak) for mode, each in (("on", contestant), ("off", plain)) if soak}
        for mode, figures in soaked.items():
            click.echo(f"{soak} s, {line(MODES[mode], figures)}")
    if keep:
        results.write("overload", {"curve": found, "soak": soaked})
        draw(found)


def one(contestant: Contestant, bench: Bench, clients: int, seconds: float) -> Figures:
    """Return the figures of one load on a new server."""
    with running(contestant, bench, organizations(bench), 1) as server:
        load(server, bench, 10, 2)
        before, cpu, began = memory_mb(server.process.pid), server.cpu(), time.monotonic()
        postgres = cpu_seconds(bench.pid)
        by_status = load(server, bench, clients, seconds)
        cpu = (server.cpu() - cpu) / (time.monotonic() - began)
        postgres = (cpu_seconds(bench.pid) - postgres) / (time.monotonic() - began)
        server.settle()
        after = memory_mb(server.process.pid)
    admitted = by_status.pop("200", {"per_second": 0.0, "p50": 0.0, "p99": 0.0, "longest": 0.0})
    refused = sum(each["per_second"] for each in by_status.values())
    share = refused / (refused + admitted["per_second"])
    return {
        "clients": clients,
        "before": before,
        "after": after,
        "cores": cpu,
        "postgres": postgres,
        "refused": share,
        **admitted,
    }


def load(server: Server, bench: Bench, clients: int, seconds: float) -> dict[str, Figures]:
    """Put a load on the server, and return the figures by status."""
    each = [requests(server, OPERATIONS[name], bench, 1) for name in MIXED]
    calls = [call for turn in zip(*each, strict=False) for call in turn]
    with tempfile.NamedTemporaryFile("w") as file:
        file.writelines(f"{call.token}\t{call.body}\n" for call in calls)
        file.flush()
        command = [sys.executable, "-m", "tests.bench.impatient_clients", f"http://127.0.0.1:{server.port}"]
        done = subprocess.run(
            pinned(LOAD_CORE, [*command, str(clients), str(seconds)]),
            env={**os.environ, "BENCH_CALLS": file.name},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode or done.stderr:
        raise Failed(f"The load did not run: {done.stderr}")
    figures: dict[str, Figures] = json.loads(done.stdout)
    return figures


def line(mode: str, figures: Figures) -> str:
    """Return figures as text."""
    return (
        f"{figures['clients']:4.0f} connections {mode:18} {figures['per_second']:6.0f} /s"
        f"  p50 {figures['p50'] * 1e3:6.0f}  p99 {figures['p99'] * 1e3:6.0f} ms  refused {figures['refused']:4.0%}"
        f"  {figures['cores']:.2f} + {figures['postgres']:.2f} cores"
        f"  {figures['before']:.0f} to {figures['after']:.0f} MB"
    )
