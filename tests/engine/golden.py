"""Golden files: beside each query what it is answered with, and how.

``list.graphql`` is the query and ``list.json`` its answer, whichever way it is found; ``list.sql`` are the statements
of resolvers, and ``list.plan.txt`` is the plan: its steps, its generated function, and its statements.

After a change that is meant, ``GOLDEN=write make test ARGS=tests/engine/test_golden.py`` writes them anew; the review
is the diff.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

GOLDEN = Path(__file__).parent / "golden"
WRITE = os.environ.get("GOLDEN") == "write"
SUFFIXES = (".graphql", ".json", ".sql", ".plan.txt")


def queries() -> list[str]:
    """The names of all queries that have, or shall have, golden files."""
    return sorted(path.stem for path in GOLDEN.glob("*.graphql"))


def query(name: str) -> str:
    return (GOLDEN / f"{name}.graphql").read_text()


def compare(file: str, text: str) -> None:
    """The text is that of the golden file."""
    path = GOLDEN / file
    if WRITE:
        path.write_text(text)
    assert text == path.read_text()


def shown_data(data: Any) -> str:
    """An answer, to be read."""
    return orjson.dumps(data, option=orjson.OPT_INDENT_2).decode() + "\n"


def shown_statements(statements: list[str]) -> str:
    """Statements in their order."""
    return "\n\n".join("\n".join(line.rstrip() for line in each.splitlines()) + ";" for each in statements) + "\n"


def shown_plans(trace: dict[str, Any]) -> str:
    """The plans of a traced response and what they sent."""
    statements = shown_statements([each["sql"] for each in trace["statements"]])
    return "\n".join([*_plans(trace["plans"]), "== statements", statements])


def _plans(plans: dict[str, Any]) -> Iterator[str]:
    for name, plan in plans.items():
        for title, lines in (("steps", plan["tree"]), ("function", plan["source"])):
            yield "\n".join([f"== {title} of {name}", *lines, ""])
