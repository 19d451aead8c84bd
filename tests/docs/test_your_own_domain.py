"""docs/your-own-domain.md, done to the letter in fresh copies of the checkout: `make test-packaging`."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from graphql_app.postgres.roles import Server
from tests.docs.checkouts import Checkout, copy_checkout
from tests.docs.steps import Step, steps_of
from tests.support.databases import TestDatabase, empty_database
from tests.support.organizations import id_of
from tests.support.processes import Running, served
from tests.support.settings import SECRET

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(900)]  # a copy's own tests and servers take minutes

STEPS = steps_of("your-own-domain.md")
SERVE, TEST = ".venv/bin/workline serve", ".venv/bin/pytest"


def section(name: str) -> list[Step]:
    """The steps below a heading."""
    return [step for step in STEPS if step.section == name]


ADD, EMPTY = section("Add an entity"), section("Start from an empty schema")


def write(checkout: Checkout, steps: list[Step]) -> Checkout:
    """Do everything that changes the checkout: what serves and what tests is left to the tests."""
    for step in steps:
        if step.kind in {"python", "diff", "sh"} and SERVE not in step.text and TEST not in step.text:
            checkout.apply(step)
    return checkout


@contextmanager
def serving(checkout: Checkout, steps: list[Step], database: TestDatabase) -> Iterator[tuple[Checkout, Running]]:
    """Run the commands that end with serving, on this database, and the server while inside."""
    checkout = checkout.with_settings(DATABASE_URL=database.app_url, DATABASE_OWNER_URL=database.owner_url)
    (commands,) = (step.text for step in steps if step.kind == "sh" and SERVE in step.text)
    assert commands.endswith(f"{SERVE}\n")
    checkout.run(commands.removesuffix(f"{SERVE}\n"))
    with served(SERVE.split(), checkout.root, checkout.environment) as server:
        yield checkout, server


def examples(steps: list[Step]) -> Iterator[tuple[str, Any]]:
    """Each query with the answer that follows it."""
    shown = [step for step in steps if step.kind in {"graphql", "json"}]
    for query, answer in zip(shown[::2], shown[1::2], strict=True):
        assert (query.kind, answer.kind) == ("graphql", "json")
        yield query.text, json.loads(answer.text)


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """The checkout with the page's entity."""
    root = tmp_path_factory.mktemp("added")
    return write(copy_checkout(root, WORKLINE_SECRET_KEY=SECRET, WORKLINE_ENV="test"), ADD)


@pytest.fixture(scope="module")
def emptied(added: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """The checkout with the page's entity and people, and nothing else."""
    return write(added.copy(tmp_path_factory.mktemp("emptied") / "checkout"), EMPTY)


@pytest.fixture
async def nothing(postgres: Server, template: str) -> AsyncIterator[TestDatabase]:
    """A database that was never migrated."""
    async with empty_database(postgres) as made:
        yield made


def token(checkout: Checkout, email: str) -> str:
    """A bearer token for whoever logs in by this address."""
    return checkout.run(f".venv/bin/workline token {email}").strip()


CREATE = """
mutation ($name: String!, $number: String!, $price: Decimal!) {
  createTool(input: {name: $name, serialNumber: $number, purchasePrice: $price, purchasedAt: "2026-03-02T09:00:00Z"}) {
    tool { id }
  }
}
"""
LIST = """
query ($filter: ToolFilter, $orderBy: [ToolOrderBy!], $first: Int, $after: String) {
  tools(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    totalCount
    nodes { name }
    pageInfo { hasNextPage endCursor }
  }
}
"""
HAND_OVER = """
mutation ($id: ID!, $holder: ID!) {
  handOverTool(input: {id: $id, holderId: $holder}) { tool { holder { tools { nodes { name } } } } errors { code } }
}
"""
TOOLS = {"Anvil": "250.00", "Bellows": "80.00", "Chisel": "9.50", "Drill": "99.00", "Easel": "250.00"}


def test_the_entity_is_served_as_the_page_shows(added: Checkout, own_organizations: TestDatabase) -> None:
    with serving(added, ADD, own_organizations) as (checkout, server):
        alpha, bravo = (token(checkout, f"{word}.0@example.com") for word in ("alpha", "bravo"))
        for query, answer in examples(ADD):
            assert server.ask(query, alpha) == answer
        tools = create_all(server, bravo)
        assert names(server, bravo) == list(TOOLS)
        check_filters_and_orders(server, bravo)
        check_pages(server, bravo)
        check_rule(server, bravo, tools["Anvil"])
        check_isolation(server, alpha, tools["Anvil"])


def create_all(server: Running, who: str) -> dict[str, str]:
    """Make the tools; their ids by name."""
    return {
        name: server.data(CREATE, who, name=name, number=f"{number}", price=price)["createTool"]["tool"]["id"]
        for number, (name, price) in enumerate(TOOLS.items())
    }


def names(server: Running, who: str, **arguments: Any) -> list[str]:
    """The names of the tools that are listed."""
    return [tool["name"] for tool in server.data(LIST, who, **arguments)["tools"]["nodes"]]


def check_filters_and_orders(server: Running, who: str) -> None:
    assert names(server, who, filter={"purchasePrice": {"gt": "90"}}) == ["Anvil", "Drill", "Easel"]
    assert names(server, who, filter={"not": {"name": {"containsIgnoreCase": "I"}}}) == ["Bellows", "Easel"]
    by_price = [{"purchasePrice": {"direction": "DESC"}}, {"name": {"direction": "DESC"}}]
    assert names(server, who, orderBy=by_price) == ["Easel", "Anvil", "Drill", "Bellows", "Chisel"]


def check_pages(server: Running, who: str) -> None:
    """Page by page in an order with ties, everything comes once."""
    seen: list[str] = []
    after = None
    for more in (True, True, False):
        page = server.data(LIST, who, orderBy=[{"purchasePrice": {}}], first=2, after=after)["tools"]
        seen += [tool["name"] for tool in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (5, more)
    assert seen == ["Chisel", "Bellows", "Drill", "Anvil", "Easel"]


def check_rule(server: Running, who: str, tool: str) -> None:
    """A worker gets it, one who has left does not; the other direction shows it."""
    worker, left = str(id_of("workers", 1)), str(id_of("workers", 3))
    given = server.data(HAND_OVER, who, id=tool, holder=worker)["handOverTool"]
    assert given == {"tool": {"holder": {"tools": {"nodes": [{"name": "Anvil"}]}}}, "errors": []}
    refused = server.data(HAND_OVER, who, id=tool, holder=left)["handOverTool"]
    assert refused == {"tool": None, "errors": [{"code": "INVALID"}]}


def check_isolation(server: Running, stranger: str, tool: str) -> None:
    """Another organization neither sees nor changes it."""
    assert names(server, stranger) == ["Torque wrench"]
    seen = server.data("query ($id: ID!) { tool(id: $id) { name } node(id: $id) { id } }", stranger, id=tool)
    assert seen == {"tool": None, "node": None}
    counted = server.data("{ organizations { nodes { tools { totalCount } } } }", stranger)
    assert counted == {"organizations": {"nodes": [{"tools": {"totalCount": 1}}]}}
    taken = server.data(HAND_OVER, stranger, id=tool, holder=str(id_of("workers", 1)))["handOverTool"]
    assert taken == {"tool": None, "errors": [{"code": "NOT_FOUND"}]}


def test_the_page_s_tests_pass_and_its_code_is_clean(added: Checkout) -> None:
    (commands,) = (step.text for step in ADD if step.kind == "sh" and TEST in step.text)
    assert " passed" in added.run(commands)
    added.run(".venv/bin/ruff check schema migrations tests/assets")
    added.run(".venv/bin/ruff format --check schema migrations tests/assets")


def test_from_an_empty_schema_there_is_a_server_with_one_entity(emptied: Checkout, nothing: TestDatabase) -> None:
    with serving(emptied, EMPTY, nothing) as (checkout, server):
        owner = token(checkout, "owner@example.com")
        for query, answer in examples(EMPTY):
            assert server.ask(query) == answer
        create_all(server, owner)
        assert names(server, owner) == list(TOOLS)


def test_what_is_left_of_the_schema_is_people_and_the_entity(emptied: Checkout) -> None:
    sdl = emptied.run(".venv/bin/workline schema")
    assert {"Organization", "User", "Worker", "Tool"} == {
        line.split()[1] for line in sdl.splitlines() if line.startswith("type ") and "implements Node" in line
    }


def test_the_tests_that_are_left_can_be_run(emptied: Checkout) -> None:
    assert " passed" in emptied.run(".venv/bin/pytest tests/database tests/architecture")
    assert "error" not in emptied.run(".venv/bin/pytest --collect-only --quiet | tail -1")
    emptied.run(".venv/bin/ruff check schema migrations")
    emptied.run(".venv/bin/ruff format --check schema migrations")
