"""Parser of the Dockerfile. It accepts only the instructions in use and refuses all others."""

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from tests.support.checkout import ROOT

KNOWN = {"FROM", "LABEL", "ENV", "WORKDIR", "COPY", "RUN", "USER", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


@dataclass(frozen=True, slots=True)
class Instruction:
    """Instruction: ``options`` are its ``--name=value``, ``words`` are its arguments."""

    name: str
    text: str

    @property
    def options(self) -> dict[str, str]:
        return dict(option.removeprefix("--").split("=", 1) for option in self._leading())

    @property
    def words(self) -> list[str]:
        """Return the arguments as a shell would split them."""
        return shlex.split(self.text)[len(self._leading()) :]

    @property
    def command(self) -> list[str]:
        """Return the exec form, a JSON list. Raises ValueError for the shell form: a shell hides signals."""
        command: list[str] = json.loads(self.text[self.text.index("[") :])
        return command

    def _leading(self) -> list[str]:
        return (
            re.findall(r"--[a-z-]+=\S+", self.text.partition("CMD")[0]) if self.name in {"COPY", "HEALTHCHECK"} else []
        )


@dataclass(frozen=True, slots=True)
class Stage:
    """Stage, which begins with FROM."""

    image: str
    name: str | None
    instructions: list[Instruction]

    def only(self, name: str) -> Instruction:
        """Return the only instruction of this name."""
        (found,) = (each for each in self.instructions if each.name == name)
        return found


def stages(file: Path = ROOT / "Dockerfile") -> list[Stage]:
    """Return the stages in their order. Raises ValueError for unsupported instructions."""
    found: list[Stage] = []
    for instruction in instructions(file.read_text()):
        if instruction.name == "FROM":
            image, *name = instruction.words
            found.append(Stage(image, name[1] if name else None, []))
        else:
            found[-1].instructions.append(instruction)
    return found


def instructions(text: str) -> list[Instruction]:
    """Yield all instructions. A backslash at the end of a line continues it."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#")).replace("\\\n", " ").splitlines()
    found = [
        Instruction(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines if line.strip())
    ]
    unknown = {each.name for each in found} - KNOWN
    if unknown:
        raise ValueError(f"the Dockerfile uses {unknown}")
    return found
