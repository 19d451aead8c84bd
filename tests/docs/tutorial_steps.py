"""Pages of docs/ as lists of steps, in order.

A fenced block is a file if the line above it consists of a path in backticks: the whole file, or for ``diff`` the
changes to it. Blocks of ``sh`` are commands, ``graphql`` is executed, and the ``json`` that follows is the response.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.checkout import ROOT

FENCED = re.compile(r"(?:^`(?P<path>[^`\n]+)`\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
KINDS = {"python", "toml", "diff", "sh", "graphql", "json"}


@dataclass(frozen=True, slots=True)
class Step:
    """Fenced block. ``path`` is a file's path and may contain ``*``; ``section`` is the heading of level 2."""

    kind: str
    text: str
    path: str | None
    section: str


def steps_of(page: str) -> list[Step]:
    """Return all steps of ``docs/<page>``. Raises ValueError for a block that is neither a file nor a command."""
    text = (ROOT / "docs" / page).read_text()
    found = [step for section in sections(text) for step in steps_in(*section)]
    if len(found) != text.count("\n```") // 2:
        raise ValueError(f"{page} has a fenced block that cannot be read")
    return found


def sections(text: str) -> Iterator[tuple[str, str]]:
    """Yield the heading and the text of each section of level 2."""
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        heading, _, rest = part.partition("\n")
        yield heading, rest


def steps_in(section: str, text: str) -> Iterator[Step]:
    """Yield the steps of one section."""
    for match in FENCED.finditer(text):
        step = Step(match["kind"], match["text"], match["path"], section)
        if step.kind not in KINDS or (step.path is None) == (step.kind in {"python", "toml", "diff"}):
            raise ValueError(f"a block of {section!r} is neither a file nor a command: {step}")
        yield step
