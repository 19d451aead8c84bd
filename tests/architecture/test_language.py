"""Vocabulary of code and texts: terms of the field, docstrings in the form of PEP 257, no personification."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, Module, is_in, modules
from tests.architecture.vocabulary import refused_phrase, refused_word

pytestmark = pytest.mark.architecture

QUESTION = re.compile(r"(?:What|Who|How|Whether)\b")
EXCEPTIONS = {
    "schema.seed.vocabulary": "texts that people write to each other",
    "graphql_app.postgres.embedded.directories": "nobody is the name of an account of the operating system",
    "tests.architecture": "the refused words themselves, and texts that prove that they are found",
}
"""Modules whose texts are not checked, and the reason."""
CHECKED = ("graphql_app", "schema", "tests")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def texts(source: Module) -> Iterator[tuple[int, str]]:
    """Yield each string of a module with its line, docstrings and parts of f-strings included."""
    if is_in(source.name, *EXCEPTIONS):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def identifiers(source: Module) -> Iterator[tuple[int, str]]:
    """Yield each name that a module defines with its line, in words."""
    for node in ast.walk(source.tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, in_words(name)
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                yield node.lineno, in_words(name)


def in_words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name)


def docstrings(source: Module) -> Iterator[tuple[int, str]]:
    """Yield each docstring of a module with its line, those of attributes included."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield node.lineno, text


@pytest.mark.parametrize("package", CHECKED)
def test_texts_and_names_use_no_refused_words(package: str) -> None:
    found = [
        f"{each.name}:{line}: {word}"
        for each in modules(package)
        for line, text in (*texts(each), *identifiers(each))
        if (word := refused_word(text))
    ]
    assert found == []


@pytest.mark.parametrize("package", CHECKED)
def test_texts_and_comments_use_no_refused_phrases(package: str) -> None:
    found = [
        f"{each.name}: {phrase}"
        for each in modules(package)
        if not is_in(each.name, *EXCEPTIONS) and (phrase := refused_phrase(each.path.read_text()))
    ]
    assert found == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_use_no_refused_phrases(page: Path) -> None:
    assert refused_phrase(page.read_text()) is None


@pytest.mark.parametrize("package", CHECKED)
def test_docstrings_begin_with_no_question(package: str) -> None:
    found = [
        f"{each.name}:{line}: {text[:40]}"
        for each in modules(package)
        for line, text in docstrings(each)
        if QUESTION.match(text)
    ]
    assert found == []


@pytest.mark.parametrize(("text", "refused"), [("Who wrote it.", "Who"), ("The error is told.", "told")])
def test_a_refused_word_is_found(text: str, refused: str) -> None:
    assert refused_word(text) == refused


def test_a_relative_clause_about_a_person_is_accepted() -> None:
    assert refused_word("Worker to whom the task of the user who wrote it is assigned.") is None


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("The key is that\n    of the parent.", "is that of"),
        ("Sent, also if it failed.", "also if"),
        ("A connection of its own.", "of its own"),
        ("Outside of a transaction.", "Outside of"),
    ],
)
def test_a_refused_phrase_is_found(text: str, refused: str) -> None:
    assert refused_phrase(text) == refused


def test_a_possessive_before_a_noun_is_accepted() -> None:
    assert refused_phrase("Members change the name of their own worker.") is None
