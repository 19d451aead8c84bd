"""Pages of docs/: their readers, and the index of pages."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from graphql_app.cli.docs import docs, pages
from tests.docs.code_blocks import ROOT

PAGES = sorted((ROOT / "docs").glob("*.md"))
READERS = ("Python teams", "engineers", "developers of clients", "operators", "teams that run a gateway")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_page_names_its_readers_in_its_first_lines(page: Path) -> None:
    heading, empty, first, *_ = page.read_text().splitlines()
    assert heading.startswith("# ")
    assert not empty
    assert first.startswith("For ")
    assert any(reader in first for reader in READERS), first


def test_the_index_lists_each_page_once_and_leads_to_files() -> None:
    targets = re.findall(r"\]\(([^)]+)\)", (ROOT / "llms.txt").read_text())
    assert sorted(target for target in targets if target.startswith("docs/")) == [f"docs/{page.name}" for page in PAGES]
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_the_command_prints_the_index_and_each_page() -> None:
    assert CliRunner().invoke(docs, []).output == (ROOT / "llms.txt").read_text()
    assert sorted(pages()) == [page.stem for page in PAGES]
    assert CliRunner().invoke(docs, ["clients"]).output == (ROOT / "docs/clients.md").read_text()


def test_an_unknown_page_is_an_error_that_names_the_others() -> None:
    failed = CliRunner().invoke(docs, ["nothing"])
    assert failed.exit_code == 2
    assert "clients" in failed.output
