"""Entry point of ``python -m tests.mutants``, which `make mutants` runs.

The named test files must pass on unchanged sources, and each must fail with its mutant. A mutant that survives, does
not apply, does not parse or breaks only fixtures fails the run.
"""

import os
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from time import monotonic

import click

from tests.mutants.copies import Copy
from tests.mutants.patches import Mutant, Unfit, read_mutants
from tests.support.directories import open_directory

AT_ONCE = min(4, os.cpu_count() or 1)
HANGING = ("--timeout=60", "-o", "timeout_func_only=true")
"""A mutant may cause an endless test; on a busy machine fixtures may take longer than usual."""


class Survived(Exception):
    """Mutant with which the named tests pass."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a mutant: ``killer`` is the test that failed with it, ``problem`` is the reason if there is none."""

    mutant: Mutant
    seconds: float
    place: str = ""
    killer: str = ""
    survived: bool = False
    problem: str = ""

    @property
    def line(self) -> str:
        """Return the line of the report."""
        word = "survives" if self.survived else "lock_errors" if self.problem else "killed"
        what = self.problem or f"{self.place}: {self.killer}"
        return f"{word:8} {self.seconds:5.1f} s  {self.mutant.name:28} {what}"


class Trial:
    """Runner of mutants in copies of the checkout, one mutant per copy at a time, until ``deadline``."""

    def __init__(self, copies: Iterable[Copy], deadline: float) -> None:
        self._deadline = deadline
        self._copies: SimpleQueue[Copy] = SimpleQueue()
        for copy in copies:
            self._copies.put(copy)

    def check_unmutated(self, files: Iterable[str]) -> None:
        """Raise Unfit unless the tests of these files pass on the unchanged sources."""
        copy = self._copies.get()
        verdict = copy.run(sorted(set(files)), f"--numprocesses={AT_ONCE}", "--dist=loadfile", seconds=self._left)
        self._copies.put(copy)
        if verdict.status:
            raise Unfit(f"the tests must pass without a mutant:\n{verdict.end}")

    def outcome(self, mutant: Mutant) -> Outcome:
        """Run the tests with one mutant."""
        copy, begun = self._copies.get(), monotonic()
        try:
            place, killer = self._killer(copy, mutant)
        except (Unfit, Survived) as error:
            return Outcome(mutant, monotonic() - begun, survived=isinstance(error, Survived), problem=str(error))
        finally:
            self._copies.put(copy)
        return Outcome(mutant, monotonic() - begun, place, killer)

    def _killer(self, copy: Copy, mutant: Mutant) -> tuple[str, str]:
        with copy.mutated(mutant) as place:
            verdict = copy.run([mutant.killed_by], "--exitfirst", *HANGING, seconds=self._left)
        if verdict.failed:
            return str(place), verdict.failed[0]
        if verdict.status == 0:
            raise Survived(f"{mutant.killed_by} passes with this fault in {place}: {mutant.fault}")
        raise Unfit(f"{mutant.killed_by} has no failed test, but ends with {verdict.status}:\n{verdict.end}")

    @property
    def _left(self) -> float:
        left = self._deadline - monotonic()
        if left <= 0:
            raise Unfit("no time is left; raise --minutes or name faster tests.")
        return left


def try_all(mutants: list[Mutant], minutes: float, directory: Path) -> list[Outcome]:
    """Return the outcome of each mutant, and print it immediately. Raises Unfit if the unchanged tests fail."""
    trial = Trial([Copy(directory / f"copy{number}") for number in range(AT_ONCE)], monotonic() + minutes * 60)
    trial.check_unmutated(mutant.killed_by for mutant in mutants)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = []
        for outcome in pool.map(trial.outcome, mutants):
            click.echo(outcome.line)
            outcomes.append(outcome)
    return outcomes


@click.command()
@click.option("--only", multiple=True, help="Mutants whose names contain this; all unless given.")
@click.option("--minutes", type=float, default=15, show_default=True, help="The most that all of it may take.")
def main(only: tuple[str, ...], minutes: float) -> None:
    """Apply serious faults to a copy of the checkout, and check that the named tests find them."""
    mutants = read_mutants(only)
    if not mutants:
        raise Unfit("no mutant has such a name.")
    begun = monotonic()
    with open_directory("mutants") as directory:
        outcomes = try_all(mutants, minutes, directory)
    lost = [outcome.mutant.name for outcome in outcomes if outcome.problem]
    click.echo(f"{len(outcomes) - len(lost)} of {len(outcomes)} mutants are killed; {monotonic() - begun:.0f} seconds.")
    if lost:
        raise SystemExit(f"Not killed: {', '.join(lost)}")


if __name__ == "__main__":
    try:
        main(standalone_mode=False)
    except Unfit as problem:
        sys.exit(f"Error: {problem}")
    except click.ClickException as problem:
        sys.exit(f"Error: {problem.format_message()}")
