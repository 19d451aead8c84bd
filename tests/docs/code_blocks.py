"""Fenced blocks of documentation pages, in order."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """Fenced block with its language and its text."""

    language: str
    text: str


def blocks(page: str) -> list[Block]:
    """Return the blocks of a page, named by its path below the root."""
    return [Block(*found) for found in FENCE.findall((ROOT / page).read_text())]


def block(page: str, language: str, index: int = 0) -> str:
    """Return the text of a page's ``index``-th block in this language."""
    return [each.text for each in blocks(page) if each.language == language][index]
