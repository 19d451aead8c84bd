"""Progress of long operations."""

import pytest

from graphql_app.cli.seed import ProgressBars


def test_each_finished_part_is_a_line_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressBars() as bars:
        for done in range(4):
            bars("tasks", done, 3)
        bars("posts", 2, 2)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" ... ")[0] for line in lines] == ["tasks: 3 rows", "posts: 2 rows"]


def test_an_interrupted_part_is_not_reported_as_finished(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressBars() as bars:
        bars("tasks", 1, 3)
    assert capsys.readouterr().err == ""


def test_a_bar_on_a_terminal_shows_amount_speed_and_time(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    with ProgressBars() as bars:
        bars("tasks", 0, 3)
        bars("tasks", 3, 3)
    *_, last = capsys.readouterr().err.split("\r")
    assert "tasks: 100%" in last
    assert "3.00/3.00" in last
    assert "rows/s" in last
