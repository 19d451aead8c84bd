"""Page about planning: program, steps and statement of its query."""

from typing import Any

import pytest

from graphql_app.viewer import Viewer
from tests.docs.code_blocks import block
from tests.support.api import Workline

PAGE = "docs/planning.md"


@pytest.fixture
async def trace(demo: Workline, newcomer: Viewer) -> Any:
    """Return the trace of the page's query."""
    body = await demo.respond(block(PAGE, "graphql"), newcomer, first=5)
    assert "errors" not in body
    return body["extensions"]["trace"]


def test_the_page_shows_the_executed_program(trace: Any) -> None:
    assert trace["plans"]["Query.users"]["source"] == block(PAGE, "text").splitlines()


def test_the_page_shows_the_executed_steps(trace: Any) -> None:
    assert trace["plans"]["Query.users"]["tree"] == block(PAGE, "").splitlines()


def test_the_page_shows_the_executed_statement(trace: Any) -> None:
    sent = ["\n".join(line.rstrip() for line in each["sql"].splitlines()) for each in trace["statements"]]
    assert block(PAGE, "sql").strip() in sent


def test_the_query_is_completely_planned(trace: Any) -> None:
    assert trace["fellBack"] is None
