"""The page about planning shows what really happens to its query."""

from typing import Any

import pytest

from graphql_app.viewer import Viewer
from tests.docs.pages import block
from tests.support.workline import Workline

PAGE = "docs/planning.md"


@pytest.fixture
async def trace(demo: Workline, newcomer: Viewer) -> Any:
    """How the page's query was answered."""
    body = await demo.respond(block(PAGE, "graphql"), newcomer, first=5)
    assert "errors" not in body
    return body["extensions"]["trace"]


def test_the_program_is_the_one_that_runs(trace: Any) -> None:
    assert trace["plans"]["Query.users"]["source"] == block(PAGE, "text").splitlines()


def test_the_steps_are_those_that_are_taken(trace: Any) -> None:
    assert trace["plans"]["Query.users"]["tree"] == block(PAGE, "").splitlines()


def test_the_statement_is_the_one_that_is_sent(trace: Any) -> None:
    sent = ["\n".join(line.rstrip() for line in each["sql"].splitlines()) for each in trace["statements"]]
    assert block(PAGE, "sql").strip() in sent


def test_nothing_falls_back(trace: Any) -> None:
    assert trace["fellBack"] is None
