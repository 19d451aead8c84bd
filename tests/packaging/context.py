"""What `docker build` is sent: the checkout without what .dockerignore names."""

import shutil
import subprocess
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path, PurePath

from tests.packaging.dockerfile import ROOT


def copy_context(target: Path) -> None:
    """Copy the files that git knows or would, unless they are ignored, to ``target``."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    patterns = read_patterns((ROOT / ".dockerignore").read_text())
    for name in set(listed.stdout.split("\0")[:-1]):
        if (ROOT / name).is_file() and not is_ignored(name, patterns):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def read_patterns(text: str) -> list[str]:
    """The lines that say something."""
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def is_ignored(name: str, patterns: Iterable[str]) -> bool:
    """Whether a file stays out: the last pattern that names it, or a directory it is in, decides."""
    path, ignored = PurePath(name), False
    places = [str(each) for each in (path, *path.parents[:-1])]
    for pattern in patterns:
        wanted = pattern.removeprefix("!").removeprefix("**/")
        parts = path.parts if "**/" in pattern else places
        if any(fnmatch(part, wanted) for part in parts):
            ignored = not pattern.startswith("!")
    return ignored
