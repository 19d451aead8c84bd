"""Golden files: a query with its response, the plan that executes it, and the SQL of that plan and of resolvers.

After an intended change, ``GOLDEN=write make test ARGS=tests/engine/test_golden.py`` rewrites them; the review is
the diff.
"""

import os
from pathlib import Path
from typing import Any

import orjson

from tests.support.execution_modes import by_mode

GOLDEN = Path(__file__).parent / "golden"
SUFFIXES = (".graphql", ".json", ".plan.txt", ".sql", ".resolved.sql")
WRITE = os.environ.get("GOLDEN") == "write"


def queries() -> list[str]:
    """Return the names of all queries with a golden file."""
    return sorted(path.stem for path in GOLDEN.glob("*.graphql"))


def query(name: str) -> str:
    return (GOLDEN / f"{name}.graphql").read_text()


def compare_answer(name: str, data: Any) -> None:
    """Assert that the response equals the golden file, in each mode."""
    _compare(f"{name}.json", orjson.dumps(data, option=orjson.OPT_INDENT_2).decode())


def compare_plans(name: str, plans: dict[str, Any]) -> None:
    """Assert that the plans of a traced response equal the golden files: their steps as trees, and their functions."""
    shown = [f"{field}\n\n" + "\n".join([*plan["tree"], "", *plan["source"]]) for field, plan in plans.items()]
    _compare(f"{name}.plan.txt", "\n\n\n".join(shown))


def compare_statements(name: str, statements: list[str]) -> None:
    """Assert that the statements equal the golden file, in their order."""
    file = f"{name}.{by_mode(planned='sql', resolved='resolved.sql')}"
    _compare(file, "\n\n".join("\n".join(line.rstrip() for line in each.splitlines()) + ";" for each in statements))


def _compare(file: str, text: str) -> None:
    if WRITE:
        (GOLDEN / file).write_text(text + "\n")
    assert text + "\n" == (GOLDEN / file).read_text()
