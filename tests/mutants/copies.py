"""Copies of the checkout in which tests run, with a mutant or without."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path

from tests.mutants.patches import Mutant, Unfit
from tests.support.checkout import copy_files

SHOWN = 30
"""Number of lines of pytest's output in the report of a failed run."""
PYTEST = (
    *(sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--hypothesis-seed=0"),
    *("-m", "not packaging and not faults"),  # in both modes
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Results of one run: ``failed`` and ``broken`` (in fixtures or during collection) contain names of tests."""

    status: int
    failed: tuple[str, ...]
    broken: tuple[str, ...]
    output: str

    @property
    def end(self) -> str:
        """Return the last lines of the output."""
        return "\n".join(self.output.splitlines()[-SHOWN:])


class Copy:
    """Copy of the checkout. Not safe for concurrent use by several threads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        copy_files(root)

    def run(self, files: Sequence[str], *options: str, seconds: float) -> Verdict:
        """Run the tests of these files. Raises Unfit if they take longer than ``seconds``."""
        report = self.root.with_suffix(".xml")
        report.unlink(missing_ok=True)
        command = [*PYTEST, f"--junit-xml={report}", *options, *files]
        environment = {**os.environ, "PYTHONPATH": str(self.root)}  # before the editable checkout
        try:
            done = subprocess.run(
                command, cwd=self.root, env=environment, capture_output=True, text=True, timeout=max(1.0, seconds)
            )
        except subprocess.TimeoutExpired:
            raise Unfit(f"the tests took longer than {seconds:.0f} seconds.") from None
        suites = ElementTree.parse(report).iter("testcase") if report.exists() else ()
        cases = list(suites)
        failed, broken = (
            tuple(f"{case.get('classname')}.{case.get('name')}" for case in cases if case.find(kind) is not None)
            for kind in ("failure", "error")
        )
        return Verdict(done.returncode, failed, broken, done.stdout + done.stderr)

    @contextmanager
    def mutated(self, mutant: Mutant) -> Iterator[Path]:
        """Apply the fault to the copy for the duration of the block. Yields the file. Raises Unfit."""
        path = mutant.place(self.root)
        source = path.read_text()
        self._write(path, mutant.mutate(source))
        try:
            yield path.relative_to(self.root)
        finally:
            self._write(path, source)

    @staticmethod
    def _write(path: Path, text: str) -> None:
        path.write_text(text)
        # Python compares bytecode by size and by whole seconds: it could belong to the previous text
        Path(cache_from_source(str(path))).unlink(missing_ok=True)
