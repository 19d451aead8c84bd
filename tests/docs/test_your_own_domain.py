"""Steps of docs/your-own-domain.md, literally, in an empty directory with an installed wheel."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from graphql_app.postgres.migrations import Migrations
from tests.docs.checkouts import Checkout
from tests.docs.tutorial_steps import Step, steps_of
from tests.docs.wheel_environment import build_wheel, empty_application, install
from tests.support.checkout import ROOT
from tests.support.directories import open_directory
from tests.support.processes import Running, served

pytestmark = [pytest.mark.packaging, pytest.mark.embedded, pytest.mark.timeout(900)]  # downloads take minutes

STEPS = steps_of("your-own-domain.md")
SERVE, TEST = ".venv/bin/workline serve", ".venv/bin/pytest"
CHANGE = "Change a table"
"""Section with the second migration of the application."""
COMMANDS = [step.text for step in STEPS if step.kind == "sh"]
OWNER = "owner@example.com"
LINES_MOST = 300
"""Maximum number of lines of the page's files, without blank ones."""
NEWER = '''
"""A column of a newer engine."""

from alembic import op

revision = "eeeeeeeeeeee"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE organizations ADD COLUMN motto text")


def downgrade() -> None:
    op.execute("ALTER TABLE organizations DROP COLUMN motto")
'''


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def workshop(wheel: Path) -> Iterator[Checkout]:
    """Return the page's application, with its first organization, before its tables are changed.

    Files of the sections after the change are written too.
    """
    with open_directory("workshop") as root:
        made = empty_application(root, wheel)
        for step in STEPS:
            if step.path is not None and step.section != CHANGE:
                made.apply(step)
        migrate, serve, *_ = COMMANDS
        made.run(migrate)
        made.run(serve.removesuffix(f"{SERVE}\n"))
        yield made


@pytest.fixture(scope="module")
def changed_workshop(workshop: Checkout) -> Checkout:
    """Return the application after the change of a table with rows, which the page's requests inserted."""
    with serving(workshop) as (server, owner):
        check_examples(server, owner, lambda section: section != CHANGE)
    for step in STEPS:
        if step.section == CHANGE and step.kind in {"diff", "sh"}:
            workshop.apply(step)
    return workshop


@contextmanager
def serving(checkout: Checkout) -> Iterator[tuple[Running, str]]:
    """Serve the application. Yields the server with the owner's token."""
    with served(SERVE.split(), checkout.root, checkout.environment) as server:
        yield server, checkout.run(f".venv/bin/workline token {OWNER}").strip()


def check_examples(server: Running, owner: str, includes: Callable[[str], bool]) -> None:
    """Send the queries of the sections that are included, and assert that each answer is the one that follows it."""
    steps = [step for step in STEPS if step.kind in {"graphql", "json"} and includes(step.section)]
    assert len(steps) > 2
    for query, answer in zip(steps[::2], steps[1::2], strict=True):
        assert (query.kind, answer.kind) == ("graphql", "json")
        assert server.fetch(query.text, None if "logIn" in query.text else owner) == json.loads(answer.text)


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


def test_the_wheel_contains_the_documentation(workshop: Checkout) -> None:
    assert workshop.run(".venv/bin/workline docs") == (ROOT / "llms.txt").read_text()
    for page in (ROOT / "docs").glob("*.md"):
        assert workshop.run(f".venv/bin/workline docs {page.stem}") == page.read_text()


def test_the_wheel_contains_only_the_engine(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names} == {
        "graphql_app",
        f"{wheel.name.rpartition('-py3')[0]}.dist-info",
    }
    assert not [name for name in names if name.startswith("graphql_app/playground/source")]
    assert {
        "graphql_app/playground/dist/playground.html.gz",
        "graphql_app/migrations/script.py.mako",
        "graphql_app/identity/root.py",
        "graphql_app/testing/__init__.py",
    } < set(names)


def test_the_page_states_its_few_lines_of_code() -> None:
    lines = sum(len(hand_written(step)) for step in STEPS if step.path is not None)
    assert f"It takes {lines} lines of your" in (ROOT / "docs/your-own-domain.md").read_text()
    assert lines <= LINES_MOST


def hand_written(step: Step) -> list[str]:
    """Return the lines of a file, or those that are added to it, without blank ones."""
    lines = step.text.splitlines()
    own = lines if step.kind != "diff" else [line.removeprefix("+") for line in lines if line.startswith("+")]
    return [line for line in own if line.strip()]


def test_the_change_of_a_table_becomes_two_migrations(changed_workshop: Checkout) -> None:
    files = (changed_workshop.root / "migrations").glob("*.py")
    found = sorted(file.stem[len("2026_11_30_1500_") :] for file in files)
    assert found == ["categories", "tools", "validate_categories"]


def test_the_application_is_served_as_the_page_shows(changed_workshop: Checkout) -> None:
    with serving(changed_workshop) as (server, owner):
        check_examples(server, owner, lambda section: section == CHANGE)
        tools = create_all(server, owner)
        check_filters_and_orders(server, owner)
        check_pages(server, owner)
        viewer = server.data("{ viewer { user { id } } }", owner)["viewer"]["user"]["id"]
        handed_over = server.data(HAND_OVER, owner, id=tools["Anvil"], holder=viewer)["handOverTool"]
        assert handed_over == {"tool": {"holder": {"tools": {"nodes": [{"name": "Anvil"}]}}}, "errors": []}


def create_all(server: Running, bearer: str) -> dict[str, str]:
    """Create the tools and return their ids by name."""
    return {
        name: server.data(CREATE, bearer, name=name, number=f"{number}", price=price)["createTool"]["tool"]["id"]
        for number, (name, price) in enumerate(TOOLS.items())
    }


def names(server: Running, bearer: str, **arguments: Any) -> list[str]:
    """Return the names of the listed tools, without that of the page's example."""
    listed = [tool["name"] for tool in server.data(LIST, bearer, **arguments)["tools"]["nodes"]]
    return [name for name in listed if name in TOOLS]


def check_filters_and_orders(server: Running, bearer: str) -> None:
    assert names(server, bearer, filter={"purchasePrice": {"gt": "90"}}) == ["Anvil", "Drill", "Easel"]
    assert names(server, bearer, filter={"not": {"name": {"containsIgnoreCase": "I"}}}) == ["Bellows", "Easel"]
    by_price = [{"purchasePrice": {"direction": "DESC"}}, {"name": {"direction": "DESC"}}]
    assert names(server, bearer, orderBy=by_price) == ["Easel", "Anvil", "Drill", "Bellows", "Chisel"]


def check_pages(server: Running, bearer: str) -> None:
    """Assert that pages in an order with ties contain every tool exactly once."""
    seen: list[str] = []
    after = None
    for more in (True, True, True, False):
        page = server.data(LIST, bearer, orderBy=[{"purchasePrice": {}}], first=2, after=after)["tools"]
        seen += [tool["name"] for tool in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (7, more)
    assert seen == ["Chisel", "Caliper", "Bellows", "Drill", "Torque wrench", "Anvil", "Easel"]


def test_the_page_s_tests_and_checks_pass(changed_workshop: Checkout) -> None:
    (commands,) = (text for text in COMMANDS if TEST in text)
    assert " passed" in changed_workshop.run(commands)
    for words in ("check .", "format --check workshop tests"):
        changed_workshop.run(f".venv/bin/ruff {words} --line-length 120")


def test_script_and_module_serve_the_application_of_the_directory(changed_workshop: Checkout) -> None:
    """A package of the same name is installed, and the working directory is below that of pyproject.toml."""
    (site,) = (changed_workshop.root / ".venv/lib").glob("python3*/site-packages")
    decoy = site / "workshop"
    decoy.mkdir()
    (decoy / "__init__.py").write_text("raise SystemExit('another application')")
    try:
        script = changed_workshop.run("cd tests && ../.venv/bin/workline schema 2>&1")
        assert script == changed_workshop.run("cd tests && ../.venv/bin/python -m graphql_app schema 2>&1")
    finally:
        (decoy / "__init__.py").unlink()
        decoy.rmdir()
    first, _, sdl = script.partition("\n")
    assert first == f"# workshop in {changed_workshop.root}/workshop, named by {changed_workshop.root}/pyproject.toml"
    nodes = {line.split()[1] for line in sdl.splitlines() if line.startswith("type ") and "implements Node" in line}
    assert nodes == {"ApiKey", "Invitation", "Job", "Organization", "User", "Tool", "ToolCategory"}


def test_a_newer_engine_migrates_its_tables_without_changes_of_the_application(
    changed_workshop: Checkout, tmp_path: Path
) -> None:
    query = "{ viewer { user { name } } tools { nodes { name version category { name } } } }"
    before = sources_of(changed_workshop)
    with serving(changed_workshop) as (server, owner):
        answer = server.data(query, owner)
    (head,) = Migrations(tmp_path / "none").heads
    install(changed_workshop.root, build_wheel(tmp_path / "newer", "0.2.0", newer=NEWER.format(head=head)))
    assert "(1 pending)" in changed_workshop.run(".venv/bin/workline migrate 2>&1")
    changed_workshop.run(".venv/bin/workline doctor")
    with serving(changed_workshop) as (server, owner):
        assert server.data(query, owner) == answer
    assert answer["viewer"]["user"]["name"]
    assert before == sources_of(changed_workshop)


def sources_of(checkout: Checkout) -> dict[Path, bytes]:
    """Return the contents of the application's own modules and migrations."""
    return {file: file.read_bytes() for file in checkout.root.rglob("*.py") if ".venv" not in file.parts}
