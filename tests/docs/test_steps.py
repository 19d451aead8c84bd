"""Strict parsing of pages: a block that tests cannot execute is an error."""

import pytest

from tests.docs.checkouts import changed
from tests.docs.tutorial_steps import steps_in, steps_of

FENCE = "`" * 3


def step(kind: str, text: str, path: str | None = None) -> str:
    """Return a fenced block in Markdown."""
    return f"{'' if path is None else f'`{path}`{chr(10) * 2}'}{FENCE}{kind}\n{text}\n{FENCE}\n"


def test_a_path_alone_on_a_line_names_the_file_below() -> None:
    text = step("python", "x = 1", "a/b.py") + "\nThen `c.py` is run:\n\n" + step("sh", "python c.py")
    file, command = steps_in("Section", text)
    assert (file.path, file.text) == ("a/b.py", "x = 1\n")
    assert (command.path, command.kind) == (None, "sh")


@pytest.mark.parametrize(
    "text",
    [step("python", "x = 1"), step("diff", "-x\n+y"), step("sh", "ls", "a.py"), step("yaml", "a: b", "a.yaml")],
    ids=["code without a file", "changes without a file", "a command in a file", "another language"],
)
def test_a_block_that_cannot_be_executed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither a file nor a command"):
        list(steps_in("Section", text))


def test_every_block_of_the_page_is_read() -> None:
    assert len(steps_of("your-own-domain.md")) > 15


def test_a_change_is_located_by_its_content() -> None:
    assert changed("one\ntwo\nthree\n", " one\n-two\n+2\n@@\n-three\n+3\n") == "one\n2\n3\n"


@pytest.mark.parametrize(("text", "times"), [("one\n", 0), ("two\nand\ntwo\n", 2)])
def test_a_change_without_a_unique_location_is_refused(text: str, times: int) -> None:
    with pytest.raises(AssertionError, match=f"found {times} times"):
        changed(text, "-two\n+2\n")
