"""Findings of checks: each is fine, a warning or a problem. Warnings and problems carry a remedy."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Severity of a finding. A problem fails or leaks now. A warning may do so later."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """Sentence about the present state, and the remedy unless the state is fine."""

    level: Severity
    message: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """Findings of one check, at least one."""

    group: str
    name: str
    findings: tuple[Finding, ...]

    @property
    def level(self) -> Severity:
        """Level of the worst finding."""
        return worst(finding.level for finding in self.findings)


def worst(levels: Iterable[Severity]) -> Severity:
    """Return the worst of ``levels``, or OK if there are none."""
    return max(levels, key=list(Severity).index, default=Severity.OK)


def several(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun, in singular or plural."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def ok(message: str) -> Finding:
    """Return a finding that needs no remedy."""
    return Finding(Severity.OK, message)


def warning(message: str, remedy: str) -> Finding:
    """Return a finding about a state that may fail or leak later."""
    return Finding(Severity.WARNING, message, remedy)


def problem(message: str, remedy: str) -> Finding:
    """Return a finding about a state that fails or leaks now."""
    return Finding(Severity.PROBLEM, message, remedy)
