"""Length and docstrings of files, names and order of migrations."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

from graphql_app.postgres.migrations import ENGINE
from tests.architecture.sources import modules
from tests.support.application import MIGRATIONS

pytestmark = pytest.mark.architecture

MIGRATION = re.compile(r"\d{4}_\d{2}_\d{2}_\d{4}(_[a-z0-9]+)+\.py")
LONGEST = 300
"""Lines. A longer file has a second subject."""


@pytest.mark.parametrize("package", ["graphql_app", "schema", "migrations"])
def test_no_file_is_long(package: str) -> None:
    lengths = {each.name: len(each.path.read_text().splitlines()) for each in modules(package)}
    assert not {name: length for name, length in lengths.items() if length > LONGEST}


@pytest.mark.parametrize("package", ["graphql_app", "schema", "migrations"])
def test_every_file_has_a_docstring(package: str) -> None:
    texts = {each.name: each.path.read_text() for each in modules(package)}
    assert not [name for name, text in texts.items() if text and not text.startswith('"""')]


def test_no_two_classes_of_the_engine_have_one_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for each in modules("graphql_app"):
        for node in each.tree.body:
            match node:
                case ast.ClassDef(name=name) | ast.TypeAlias(name=ast.Name(id=name)) if not name.startswith("_"):
                    places[name].append(each.name)
    assert not {name: found for name, found in places.items() if len(found) > 1}


def test_migrations_are_named_by_date_time_and_slug() -> None:
    names = [Path(script.path).name for script in MIGRATIONS.scripts().walk_revisions()]
    assert names
    assert not [name for name in names if not MIGRATION.fullmatch(name)]


@pytest.mark.parametrize("branch", [ENGINE, MIGRATIONS.application])
def test_migrations_of_a_branch_run_in_the_order_of_their_names(branch: Path) -> None:
    paths = [Path(script.path) for script in MIGRATIONS.scripts().walk_revisions()]
    newest_first = [path.name for path in paths if path.parent == branch]
    assert newest_first
    assert newest_first == sorted(newest_first, reverse=True)
