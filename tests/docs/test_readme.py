"""Queries, targets, links, settings and commands of the README."""

import json
import re
import subprocess
import sys

import pytest

from graphql_app.settings import documentation
from graphql_app.viewer import Viewer
from tests.docs.code_blocks import ROOT, Block, blocks
from tests.support.api import Workline

README = (ROOT / "README.md").read_text()
SHOWN = blocks("README.md")
QUERIES = [each for each in SHOWN if each.language == "graphql"]


def shown_answer(query: Block) -> str | None:
    """Return the answer directly below a query, or None."""
    following = SHOWN[SHOWN.index(query) + 1 :]
    return following[0].text if following and following[0].language == "json" else None


@pytest.mark.parametrize("query", QUERIES, ids=lambda block: block.text.split()[1])
async def test_each_query_is_answered_as_shown(demo: Workline, newcomer: Viewer, query: Block) -> None:
    body = await demo.respond(query.text, newcomer)
    assert "errors" not in body
    shown = shown_answer(query)
    if shown is not None:
        assert {"data": body["data"]} == json.loads(shown)


def test_each_make_target_exists() -> None:
    named = set(re.findall(r"^make ([a-z0-9-]+)", README, re.MULTILINE))
    defined = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named
    assert named <= defined


def test_each_link_and_picture_has_an_existing_target() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_each_setting_exists() -> None:
    named = set(re.findall(r"\b(?:WORKLINE|DATABASE)_[A-Z_]+\b", README))
    assert named
    assert [name for name in named if name not in documentation()] == []


def test_each_command_exists() -> None:
    help_text = subprocess.run(
        [sys.executable, "-m", "graphql_app", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    (commands,) = re.findall(r"lists the commands: ([^.]+)\.", README)
    assert [name for name in re.findall(r"`(\w+)`", commands) if name not in help_text] == []
