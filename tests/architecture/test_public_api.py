"""Public API: documented, complete for applications, and checked for breaking changes."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import griffe
import pytest

from tests.architecture import public_api
from tests.architecture.public_api import LAYERS, api, breakages, exported, may_break, public_modules
from tests.docs.code_blocks import blocks
from tests.support.checkout import ROOT

pytestmark = pytest.mark.architecture

PAGES = ("docs/your-own-domain.md", "docs/recipes.md", "docs/writing.md", "docs/architecture.md")
INTERNAL = {"postgres.embedded"}
"""Modules whose ``__all__`` is for the engine itself."""


def imports(source: str) -> Iterator[tuple[str, str]]:
    """Yield the modules of the engine that a file imports from, with the names."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "graphql_app":
            yield from ((node.module or "", alias.name) for alias in node.names)


PUBLIC = {f"graphql_app.{path}.{name}" for path, module in public_modules() for name in exported(module)}
MODULES = {f"graphql_app.{path}" for path, _ in public_modules()}


def private(source: str) -> set[str]:
    """Return the imported names that are neither public nor public modules."""
    return {f"{module}.{name}" for module, name in imports(source)} - PUBLIC - MODULES


FILES = [file for folder in ("schema", "migrations") for file in sorted((ROOT / folder).rglob("*.py"))]


def test_the_public_api_is_documented_and_compatible_with_the_last_release() -> None:
    assert list(public_api.problems()) == []


def test_the_demo_imports_public_names_only() -> None:
    found = {f"{file.relative_to(ROOT)}: {name}" for file in FILES for name in private(file.read_text())}
    assert found == set()


@pytest.mark.parametrize("page", PAGES)
def test_pages_show_public_names_only(page: str) -> None:
    code = [block.text for block in blocks(page) if block.language == "python"]
    assert {name for text in code for name in private(text)} == set()


def test_every_list_of_public_names_is_that_of_a_public_module() -> None:
    engine = Path(ROOT / "graphql_app")
    listing = {
        ".".join(file.relative_to(engine).with_suffix("").parts).removesuffix(".__init__")
        for file in engine.rglob("*.py")
        if "\n__all__ = " in file.read_text()
    }
    assert listing - INTERNAL == {path for layer in LAYERS.values() for path in layer}


def released(change: str, by: str) -> list[str]:
    """Return the breaking changes from an API in whose dump a text is replaced to the current one."""
    text = json.dumps(json.loads(api().as_json(full=False)))
    assert change in text
    return breakages(griffe.Module.from_json(text.replace(change, by)), api())


def test_an_unchanged_api_breaks_nothing() -> None:
    assert released('"page_index"', '"page_index"') == []


def test_a_removed_name_and_a_removed_parameter_break_the_api() -> None:
    (name,) = released('"page_index"', '"pages_index"')
    assert "models_columns.pages_index" in name
    assert any("models_columns.length" in line and "longest" in line for line in released('"most"', '"longest"'))


@pytest.mark.parametrize(
    ("before", "now", "allowed"),
    [("0.1.0", "0.1.1", False), ("0.1.0", "0.2.0", True), ("1.1.0", "1.2.0", False), ("1.9.0", "2.0.0", True)],
)
def test_a_version_may_break_the_api_of_an_earlier_one(before: str, now: str, allowed: bool) -> None:
    assert may_break(before, now) is allowed


def test_a_breaking_change_without_a_new_version_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "released.json"
    dump = json.dumps(json.loads(api().as_json(full=False))).replace('"page_index"', '"pages_index"')
    monkeypatch.setattr(public_api, "RELEASED", file)
    file.write_text(json.dumps({"version": public_api.version(), "api": json.loads(dump)}))
    (problem,) = public_api.problems()
    assert "deprecate it, or raise the version" in problem
    file.write_text(json.dumps({"version": "0.0.0", "api": json.loads(dump)}))
    assert list(public_api.problems()) == []
