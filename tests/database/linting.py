"""Lint of the SQL of migrations by squawk: ``python -m tests.database.linting``, by ``make check``.

``.squawk.toml`` has the rules. Revisions are exempt by their id, with a reason.
"""

import io
import json
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import Script

from tests.support.application import MIGRATIONS
from tests.support.checkout import ROOT

SQUAWK = Path(sys.executable).with_name("squawk")
CONFIG = ROOT / ".squawk.toml"
REFOUNDED = "log-in is replaced as a whole: an earlier release cannot serve beside it, and users are few rows"
REPLACED = "the functions are replaced in the transaction that drops them"
SMALL = "ran on the tables of the first release, before they had rows"
EXEMPT = {
    "5e1b7d09c3a8": ({"adding-field-with-default", "require-concurrent-index-creation"}, SMALL),
    "c1d5f80a27be": ({"constraint-missing-not-valid", "require-concurrent-index-creation"}, SMALL),
    "3b9f4d1e8c60": ({"ban-drop-function"}, REPLACED),
    "e1b5d2c8f463": ({"ban-drop-function"}, REPLACED),
    "e2c6f1a97d05": (
        {
            "adding-foreign-key-constraint",
            "ban-drop-table",
            "constraint-missing-not-valid",
            "disallowed-unique-constraint",
            "require-concurrent-index-creation",
        },
        REFOUNDED,
    ),
    "e4e8b3c19f27": ({"ban-drop-function"}, REFOUNDED),
    "e8c3d0f57b91": (
        {"ban-drop-function", "changing-column-type", "constraint-missing-not-valid"},
        "check_viewer has a further parameter with a default; users are few rows; varchar and text are stored alike",
    ),
    "c58d0b7e92a4": (
        {"adding-field-with-default", "ban-drop-column", "require-concurrent-index-creation"},
        "rewrites the searched tables while no release serves, as the changelog says: the expression has changed",
    ),
    "d7e2b94f06a1": ({"ban-drop-column"}, "ran while no release served, as the changelog says"),
}
"""Rules that a released revision violates, and the reason."""


def sql_of(script: Script) -> str:
    """Return the SQL of a revision's upgrade, in its transaction."""
    output = io.StringIO()
    options = {"as_sql": True, "output_buffer": output, "literal_binds": True, "transaction_per_migration": True}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    with Operations.context(context), context.begin_transaction(_per_migration=True):
        script.module.upgrade()
    return output.getvalue()


def lint(scripts: Iterable[Script]) -> dict[str, list[tuple[str, str]]]:
    """Return the findings of each revision: the rule, and a message with the statement's line."""
    with TemporaryDirectory() as directory:
        files = {Path(directory) / f"{script.revision}.sql": script for script in scripts}
        for file, script in files.items():
            file.write_text(sql_of(script))
        found: dict[str, list[tuple[str, str]]] = {script.revision: [] for script in files.values()}
        for finding in findings(files):
            file = Path(finding["file"])
            line = file.read_text().splitlines()[int(finding["line"])]
            message = f"{finding['rule_name']}: {finding['message']} {line.strip()}"
            found[files[file].revision].append((finding["rule_name"], message))
    return found


def findings(files: Collection[Path]) -> Iterator[dict[str, str]]:
    """Run squawk. Raises AssertionError if it cannot read a file."""
    command = [str(each) for each in (SQUAWK, "--config", CONFIG, "--reporter", "json", *files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("["), done.stdout + done.stderr
    yield from json.loads(done.stdout)


def problems() -> Iterator[str]:
    """Yield a line for each finding that is not exempt, and for each exemption without a finding."""
    scripts = {script.revision: script for script in MIGRATIONS.scripts().walk_revisions()}
    for revision, found in lint(scripts.values()).items():
        exempt, _ = EXEMPT.get(revision, (set[str](), ""))
        place = Path(scripts[revision].path).name
        yield from (f"{place}: {message}" for rule, message in found if rule not in exempt)
        yield from (f"{place}: exempt from {rule} without need" for rule in exempt - {rule for rule, _ in found})


def main() -> None:
    """Print the problems. The exit status is 1 if there are some."""
    found = list(problems())
    sys.stdout.write("".join(f"{line}\n" for line in found))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
