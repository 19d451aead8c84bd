"""Entry point of ``python -m tests.bench``, for `make bench` and the other targets `bench-`."""

import signal
import sys

import click

from tests.bench import chart, results
from tests.bench.comparison import NAMES
from tests.bench.comparison import compare as run_compare
from tests.bench.growth import grow
from tests.bench.overload import measure_overload
from tests.bench.servers import Failed
from tests.bench.soak import soak as run_soak

ROUNDS = click.option("--rounds", type=click.IntRange(1), default=3, show_default=True, help="Medians are of these.")
SECONDS = click.option("--seconds", type=click.IntRange(1), default=2, show_default=True, help="Of each load.")
SEED = click.option("--seed", type=int, default=1, show_default=True, help="Draws the requests and their sizes.")
KEEP = click.option("--keep/--no-keep", default=True, help="Whether results.json and the chart are written.")


@click.group()
def main() -> None:
    """Measure Workline, beside others or alone."""


@main.command()
@ROUNDS
@SECONDS
@KEEP
@SEED
@click.option("--only", multiple=True, type=click.Choice(NAMES), help="Kinds, operations, servers; all unless given.")
def compare(rounds: int, seconds: int, only: tuple[str, ...], keep: bool, seed: int) -> None:
    """Compare with hand-written handlers and other servers. With --only, no results are kept."""
    run_compare(rounds=rounds, seconds=seconds, only=only, keep=keep and not only, seed=seed)


@main.command()
@ROUNDS
@SECONDS
@KEEP
def growth(rounds: int, seconds: int, keep: bool) -> None:
    """Report the growth of cost with rows and with depth."""
    grow(rounds=rounds, seconds=seconds, keep=keep)


@main.command()
@KEEP
def soak(keep: bool) -> None:
    """Report the server's memory over 100,000 requests."""
    run_soak(keep=keep)


@main.command()
@SECONDS
@KEEP
@click.option("--soak", type=click.IntRange(0), default=180, show_default=True, help="Seconds of 300 connections.")
def overload(seconds: int, soak: int, keep: bool) -> None:
    """Report latencies and refusals by the number of connections, with and without load shedding."""
    measure_overload(seconds=seconds, soak=soak, keep=keep)


@main.command()
def draw() -> None:
    """Draw the chart again from results.json."""
    chart.draw(results.read_table())


if __name__ == "__main__":
    # SIGTERM must also end the servers
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        main(standalone_mode=False)
    except click.exceptions.Exit as end:
        raise SystemExit(end.exit_code) from None
    except (Failed, click.ClickException) as failure:
        raise SystemExit(f"Error: {failure}") from None
    except click.Abort:
        raise SystemExit(130) from None
