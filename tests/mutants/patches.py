"""Mutants: one fault each, as a text of the sources and its replacement.

A patch names no file, so that it survives moves: its text occurs exactly once in the packages. Fields of
``tests/mutants/patches/NAME.toml``: ``fault``, ``killed_by`` (a test file), ``before`` and ``after``.
"""

import ast
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PATCHES = Path(__file__).with_name("patches")
PACKAGES = ("graphql_app", "schema", "migrations")
FIELDS = {"fault", "killed_by", "before", "after"}


class Unfit(Exception):
    """Mutant that cannot be applied, with the reason and the remedy."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """Single fault. ``killed_by`` is the test file that must fail with it, relative to the checkout."""

    name: str
    fault: str
    killed_by: str
    before: str
    after: str

    def place(self, root: Path) -> Path:
        """Return the only source file that contains ``before``. Raises Unfit for none or several."""
        paths = [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
        counts = {path: path.read_text().count(self.before) for path in paths}
        found = [str(path.relative_to(root)) for path, count in counts.items() for _ in range(count)]
        if len(found) != 1:
            where = ", ".join(found) or "no file"
            raise Unfit(
                f"its `before` must occur once in {', '.join(PACKAGES)}, and is in: {where}. Rewrite the patch."
            )
        return root / found[0]

    def mutate(self, source: str) -> str:
        """Return ``source`` with the fault. Raises Unfit if the result is not another program."""
        mutated = source.replace(self.before, self.after)
        try:
            tree = ast.dump(ast.parse(mutated))
        except SyntaxError as error:
            raise Unfit(f"the mutated source does not parse: {error}.") from error
        if tree == ast.dump(ast.parse(source)):
            raise Unfit("`after` is the same program as `before`.")
        return mutated


def read_mutants(only: Sequence[str] = ()) -> list[Mutant]:
    """Return the mutants whose names contain one of ``only``, or all. Raises Unfit for a patch with other fields."""
    paths = sorted(PATCHES.glob("*.toml"))
    return [_read(path) for path in paths if not only or any(part in path.stem for part in only)]


def _read(path: Path) -> Mutant:
    fields = tomllib.loads(path.read_text())
    if fields.keys() != FIELDS or not all(isinstance(value, str) for value in fields.values()):
        raise Unfit(f"{path.name} must have the texts {', '.join(sorted(FIELDS))} and nothing else.")
    texts = {name: value.removesuffix("\n") for name, value in fields.items()}
    return Mutant(path.stem, **texts)
