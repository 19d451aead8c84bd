"""Copies of this checkout."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]


def copy_files(target: Path, wanted: Callable[[str], bool] = lambda _: True) -> None:
    """Copy all files that git tracks or would track, from the working directory to ``target``."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in set(listed.stdout.split("\0")[:-1]):
        if (ROOT / name).is_file() and wanted(name):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
