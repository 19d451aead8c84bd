"""Page about the architecture: names the existing folders, in the order of their imports."""

import re
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, is_in, modules

pytestmark = pytest.mark.architecture

PAGE = (ROOT / "docs" / "architecture.md").read_text()
FOLDERS = PAGE.partition("## Folders")[2].partition("## Resolvers")[0]
ROWS = [re.findall(r"`([a-z_.]+)/?`", row.split("|")[1]) for row in FOLDERS.splitlines() if row.startswith("| `")]
"""Folders and modules of the engine in each row of the table, as the page names them."""
ENGINE = ROOT / "graphql_app"


def part_of(module: str) -> str:
    """Return the folder, or the module at the top of the engine, that a module belongs to, as the page names it."""
    name = module.split(".")[1] if "." in module else ""
    return f"{name}.py" if (ENGINE / f"{name}.py").exists() else name


def test_the_table_has_every_folder_and_module_of_the_engine() -> None:
    own = {path.name for path in ENGINE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    own |= {path.name for path in ENGINE.glob("*.py") if not path.name.startswith("__")}
    assert {name for row in ROWS for name in row} == own


def test_a_folder_imports_only_from_rows_above_it() -> None:
    place = {name: index for index, row in enumerate(ROWS) for name in row}
    wrong = {
        f"{each.name} imports {name}"
        for each in modules("graphql_app")
        for name in each.imports() | each.late_imports()
        if is_in(name, "graphql_app") and part_of(each.name) in place and part_of(name) in place
        if part_of(name) != part_of(each.name) and place[part_of(name)] > place[part_of(each.name)]
    }
    assert wrong == set()


def test_every_file_that_the_page_names_exists() -> None:
    paths = re.findall(r"`([a-z_]+/[a-z_/]*[a-z_]+(?:\.py)?)`?", PAGE)
    roots = (ROOT, ENGINE)
    missing = [path for path in paths if not any(_exists(root / path) for root in roots)]
    assert missing == []


def _exists(path: Path) -> bool:
    return path.exists() or path.with_suffix(".py").exists()
