"""Build context of `docker build`: the checkout without the paths of .dockerignore."""

from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path, PurePath

from tests.support.checkout import ROOT, copy_files


def copy_context(target: Path) -> None:
    """Copy the files that are not ignored to ``target``."""
    patterns = read_patterns((ROOT / ".dockerignore").read_text())
    copy_files(target, lambda name: not is_ignored(name, patterns))


def read_patterns(text: str) -> list[str]:
    """Return the lines that contain a pattern."""
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def is_ignored(name: str, patterns: Iterable[str]) -> bool:
    """Return True if a file is excluded: the last pattern that matches it, or a directory above it, decides."""
    path, ignored = PurePath(name), False
    places = [str(each) for each in (path, *path.parents[:-1])]
    for pattern in patterns:
        wanted = pattern.removeprefix("!").removeprefix("**/")
        parts = path.parts if "**/" in pattern else places
        if any(fnmatch(part, wanted) for part in parts):
            ignored = not pattern.startswith("!")
    return ignored
