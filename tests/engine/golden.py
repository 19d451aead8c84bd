"""Golden files: the SQL that a query is answered with, beside the query: by a plan, and by resolvers.

After a change that is meant, ``GOLDEN=write make test ARGS=tests/engine/test_golden.py`` writes them anew, once as it
is and once with ``PLAN=off`` in front; the review is the diff.
"""

import os
from pathlib import Path

from tests.support.modes import by_mode

GOLDEN = Path(__file__).parent / "golden"
WRITE = os.environ.get("GOLDEN") == "write"


def queries() -> list[str]:
    """The names of all queries that have, or shall have, a golden file."""
    return sorted(path.stem for path in GOLDEN.glob("*.graphql"))


def query(name: str) -> str:
    return (GOLDEN / f"{name}.graphql").read_text()


def compare(name: str, statements: list[str]) -> None:
    """The statements are those of the golden file, in their order."""
    path = GOLDEN / f"{name}.{by_mode(planned='sql', resolved='resolved.sql')}"
    text = "\n\n".join("\n".join(line.rstrip() for line in each.splitlines()) + ";" for each in statements) + "\n"
    if WRITE:
        path.write_text(text)
    assert text == path.read_text()
