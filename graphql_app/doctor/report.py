"""Report of all results, as text or as JSON."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import click

from graphql_app.doctor.findings import Finding, Result, Severity, several, worst

COLORS = {Severity.OK: "green", Severity.WARNING: "yellow", Severity.PROBLEM: "red"}
WIDTH = max(map(len, Severity)) + 2


@dataclass(slots=True)
class Report:
    """Results of an examination. ``ended`` is the error that ended it early, if any."""

    results: list[Result] = field(default_factory=list)
    ended: Exception | None = None

    def add(self, group: str, name: str, *findings: Finding) -> None:
        """Add a result."""
        self.results.append(Result(group, name, findings))

    @property
    def level(self) -> Severity:
        """Level of the worst result."""
        return worst(result.level for result in self.results)

    def passes(self, *, strict: bool) -> bool:
        """Return True if there is no problem and, with ``strict``, no warning."""
        return self.level is Severity.OK or (self.level is Severity.WARNING and not strict)

    def counts(self) -> dict[str, int]:
        """Return the number of results per level."""
        counted = Counter(result.level for result in self.results)
        return {level.value: counted[level] for level in Severity}

    def as_json(self) -> str:
        """Return the report as JSON. Names of groups and checks are stable, messages are not."""
        report = {"status": self.level.value, "counts": self.counts(), "checks": [plain(each) for each in self.results]}
        return json.dumps(report, indent=2)

    def as_text(self) -> str:
        """Return a line per finding below the name of its group, with remedies indented, and a summary at the end."""
        lines: list[str] = []
        for group, results in groupby(self.results, key=lambda result: result.group):
            lines += ["", click.style(group.capitalize(), bold=True)]
            lines += [line for result in results for line in shown(result)]
        return "\n".join([*lines, "", self.summary()])

    def summary(self) -> str:
        """Return the number of checks, and of warnings and problems."""
        counts = self.counts()
        unwell = [several(counts[level], level) for level in (Severity.WARNING, Severity.PROBLEM) if counts[level]]
        return f"{several(len(self.results), 'check')}: {' and '.join(unwell) or 'all is well'}."


def plain(result: Result) -> dict[str, Any]:
    """Return a result as a dict for JSON."""
    findings = [
        {"status": each.level.value, "message": each.message, "remedy": each.remedy} for each in result.findings
    ]
    return {"group": result.group, "name": result.name, "status": result.level.value, "findings": findings}


def shown(result: Result) -> Iterator[str]:
    """Yield the lines of a result. The first one carries its name."""
    name = result.name
    for finding in result.findings:
        level = click.style(f"{finding.level:<{WIDTH}}", fg=COLORS[finding.level])
        yield f"  {level}{name:<22}{finding.message}".rstrip()
        name = ""
        if finding.remedy is not None:
            yield f"  {'':<{WIDTH + 22}}-> {finding.remedy}"
