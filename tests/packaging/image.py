"""Execution of the Dockerfile without Docker: the same steps, in a directory instead of ``/``.

There are two differences: the directory is prepended to absolute paths, and ``python`` of the base image is the Python
that runs the tests, in an environment with only pip. Each stage is built at the same path, so that files copied from
another stage are at the paths for which they were built.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from tests.packaging.context import copy_context
from tests.packaging.dockerfile import Instruction, Stage, stages

ABSOLUTE = re.compile(r"(?<![\w.$/:-])/(?=[a-z])")
OUTSIDE = ("PIP_", "SSL_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REQUESTS_")
"""Environment variables of the machine that a build needs to reach packages."""


@dataclass
class Image:
    """Stage during the build, and finally the image. ``root`` replaces ``/``."""

    root: Path
    context: Path
    base: Path
    """Environment with only pip, in place of the base image."""
    earlier: dict[str, Path]
    directory: Path = field(init=False)
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        base = self.root / "usr/local"
        shutil.copytree(self.base, base, symlinks=True)
        outside = {name: value for name, value in os.environ.items() if name.upper().startswith(OUTSIDE)}
        self.environment = {"PATH": f"{base}/bin:/usr/bin:/bin", "HOME": str(self.root), **outside}
        self.directory = self.root

    def follow(self, stage: Stage) -> None:
        """Execute the instructions that precede the start."""
        for instruction in stage.instructions:
            match instruction.name:
                case "ENV":
                    self.set_variables(instruction)
                case "WORKDIR":
                    self.directory = Path(self.inside(instruction.text))
                    self.directory.mkdir(parents=True, exist_ok=True)
                case "COPY":
                    self.copy(instruction)
                case "RUN":
                    self.run(["sh", "-euc", self.inside(instruction.text)])

    def set_variables(self, instruction: Instruction) -> None:
        for word in instruction.words:
            name, value = word.split("=", 1)
            self.environment[name] = Template(self.inside(value)).substitute(self.environment)

    def copy(self, instruction: Instruction) -> None:
        """Copy files into a directory or to a name; of a directory, copy its contents."""
        *sources, target = (self.inside(word) for word in instruction.words)
        stage = instruction.options.get("from")
        for source in sources:
            origin = self.earlier[stage] / Path(source).relative_to(self.root) if stage else self.context / source
            place = self.directory / target
            if origin.is_dir():
                shutil.copytree(origin, place, symlinks=True, dirs_exist_ok=True)
            else:
                assert target.endswith("/"), "the target must be a directory with a trailing slash"
                place.mkdir(parents=True, exist_ok=True)
                shutil.copy2(origin, place)

    def run(self, command: list[str], **variables: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end, like RUN and like a container. Raises an error if it fails."""
        done = self.attempt(command, **variables)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done

    def attempt(self, command: list[str], **variables: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end and return its result, even if it fails."""
        environment = self.environment | variables
        return subprocess.run(command, cwd=self.directory, env=environment, capture_output=True, text=True, check=False)

    def inside(self, text: str) -> str:
        """Return ``text`` with absolute paths moved below the root."""
        return ABSOLUTE.sub(f"{self.root}/", text)


def build(directory: Path) -> Image:
    """Execute the Dockerfile below ``directory``, and return the image of its last stage."""
    context, root, base = directory / "context", directory / "root", directory / "base"
    copy_context(context)
    subprocess.run([sys.executable, "-m", "venv", base], check=True)
    earlier: dict[str, Path] = {}
    for stage in stages():
        image = Image(root, context, base, earlier)
        image.follow(stage)
        if stage.name:
            earlier[stage.name] = directory / f"stage-{stage.name}"
            root.rename(earlier[stage.name])
    return image
