"""Responses of the demo to the examples: each of them contains data."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from graphql_app.cli.token import find_viewer
from graphql_app.postgres.roles import Server
from graphql_app.types.schema import Api
from graphql_app.viewer import Viewer
from schema.seed import Sizes
from schema.seed.demo import OWNER_EMAIL
from tests.playground.examples import Example, leaves, load_examples
from tests.seed.seeded import fill
from tests.support.api import Workline, serving
from tests.support.databases import copy_of

NEEDS_NO_TOKEN = {"01-log-in"}
REFUSED = {"17-conflict", "18-many-tasks", "19-all-or-nothing"}
"""Examples that show errors."""


@pytest.fixture(scope="module")
async def demo(mode: None, postgres: Server, template: str, workline_api: Api) -> AsyncIterator[Workline]:
    """Serve the API on the demo."""
    async with copy_of(postgres, template) as database:
        await fill(database, Sizes())
        async with serving(workline_api, database) as workline:
            yield workline


@pytest.fixture(scope="module")
async def owner(demo: Workline) -> Viewer:
    found = await find_viewer(demo.database.app, OWNER_EMAIL)
    assert found is not None
    return found


@pytest.mark.parametrize("example", load_examples(), ids=lambda example: example.name)
async def test_an_example_returns_data(demo: Workline, owner: Viewer, example: Example) -> None:
    variables: dict[str, Any] = example.variables or {}
    if example.variables_from:
        variables = example.pick_variables(await demo.fetch(example.variables_from, owner))
    answer = await demo.fetch(example.text, None if example.name in NEEDS_NO_TOKEN else owner, **variables)
    shown = [value for values in leaves(answer).values() for value in values]
    assert [value for value in shown if value is not None]
    assert is_refused(answer) == (example.name in REFUSED)


def is_refused(answer: dict[str, Any]) -> bool:
    """Return True for the payload of a mutation with user errors."""
    return any(isinstance(payload, dict) and payload.get("errors") for payload in answer.values())
