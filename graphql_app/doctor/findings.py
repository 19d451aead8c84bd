"""What checks say: each finding is fine, a warning or a problem, and what is not fine comes with what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is. A problem is something that fails or leaks now; a warning is something that may."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about what is there, and one about what to do unless it is fine."""

    level: Severity
    message: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What one check found: at least one finding."""

    group: str
    name: str
    findings: tuple[Finding, ...]

    @property
    def level(self) -> Severity:
        """That of the worst finding."""
        return worst(finding.level for finding in self.findings)


def worst(levels: Iterable[Severity]) -> Severity:
    """The worst of ``levels``; OK if there is none."""
    return max(levels, key=list(Severity).index, default=Severity.OK)


def several(number: int, one: str, many: str | None = None) -> str:
    """A number of things in words."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def ok(message: str) -> Finding:
    """Nothing is to be done."""
    return Finding(Severity.OK, message)


def warning(message: str, remedy: str) -> Finding:
    """It works, and may not go on to."""
    return Finding(Severity.WARNING, message, remedy)


def problem(message: str, remedy: str) -> Finding:
    """It does not work, or not as promised."""
    return Finding(Severity.PROBLEM, message, remedy)
