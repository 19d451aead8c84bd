"""Format and contents of the logs of a process."""

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

PROGRAM = """
import logging
import sys

import structlog

from graphql_app.http.logging import configure_logging
from tests.http.toy import toy_settings

configure_logging(toy_settings(log_format=sys.argv[1], log_level=sys.argv[2]))
structlog.contextvars.bind_contextvars(request_id="r-1")
structlog.get_logger("ours").info("hello", answer=42)
structlog.get_logger("ours").debug("whispered")
logging.getLogger("theirs").warning("a %s", "warning")
logging.getLogger("uvicorn.error").info("Started", extra={"color_message": "Started in color"})
logging.getLogger("uvicorn.error").debug("< TEXT 'Bearer token'")
logging.getLogger("uvicorn.error").info('%s - "WebSocket %s" [accepted]', "client", "/graphql?query=secret")
logging.getLogger("uvicorn.access").info("GET /graphql?query=secret")


def fail():
    password = "hunter2"
    raise RuntimeError("broken")


try:
    fail()
except RuntimeError as error:
    structlog.get_logger("ours").error("failed", exc_info=error)
"""

REQUESTS = """
import sys

from graphql_app.http.logging import (
    _write_by_structlog,
    access_log_writer,
    begin_log_context,
    bind_viewer,
    configure_logging,
)
from tests.http.toy import VIEWER, toy_settings

settings = toy_settings(log_format=sys.argv[1], log_level=sys.argv[2])
configure_logging(settings)
begin_log_context(request_id="r-1")
bind_viewer(VIEWER)
write = access_log_writer(settings)
write("debug", {"path": "/health/live", "status": 200})
write("info", {"path": "/graphql", "status": 200})
write("info", {"path": "/\\ud800", "status": 404})
_write_by_structlog("info", {"path": "/graphql", "status": 200})
"""

PROGRAMS = [PROGRAM, REQUESTS]
RUN_EACH = """
import os
import sys
from itertools import product

import graphql_app.http.logging
import tests.http.toy

directory, *programs = sys.argv[1:]
for log_format, level, number in product(("console", "json"), ("debug", "info", "warning"), range(len(programs))):
    if os.fork() == 0:
        os.dup2(os.open(f"{directory}/{log_format} {level} {number}", os.O_WRONLY | os.O_CREAT), sys.stderr.fileno())
        sys.argv[1:] = [log_format, level]
        exec(programs[number], {})
        sys.exit()
    assert os.wait()[1] == 0
"""
"""Program that forks a process for each log, because importing the application takes most of the time."""


def test_json_logs_have_one_object_per_line_from_every_logger() -> None:
    lines = [json.loads(line) for line in written("json", "debug")]
    assert [line["event"] for line in lines] == ["hello", "whispered", "a warning", "Started", "failed"]
    assert {line["request_id"] for line in lines} == {"r-1"}
    assert [line["logger"] for line in lines] == ["ours", "ours", "theirs", "uvicorn.error", "ours"]
    assert [line["level"] for line in lines] == ["info", "debug", "warning", "info", "error"]
    assert lines[0]["answer"] == 42
    assert "color_message" not in lines[3]
    assert "RuntimeError: broken" in lines[4]["exception"]


def test_every_logger_respects_the_level_of_the_settings() -> None:
    assert [json.loads(line)["event"] for line in written("json", "warning")] == ["a warning", "failed"]


def test_the_console_shows_tracebacks_as_lines() -> None:
    text = "\n".join(written("console", "debug"))
    assert "RuntimeError: broken" in text
    assert "answer=42" in text  # no colors outside a terminal


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_no_log_contains_local_variables_socket_frames_or_query_strings(log_format: str) -> None:
    text = "\n".join(written(log_format, "debug"))
    for secret in ("hunter2", "Bearer", "query=secret"):
        assert secret not in text


def test_an_access_log_line_has_the_format_of_other_lines() -> None:
    straight, usual = (json.loads(line) for line in written("json", "info", REQUESTS) if "/graphql" in line)
    assert list(straight) == list(usual)
    assert straight | {"timestamp": ""} == usual | {"timestamp": ""}
    assert len(straight["timestamp"]) == len(usual["timestamp"]) == len("2026-01-31T12:00:00.000000Z")


@pytest.mark.parametrize("log_format", ["console", "json"])
@pytest.mark.parametrize(("level", "lines"), [("debug", 3), ("info", 2), ("warning", 0)])
def test_access_log_lines_respect_the_level(log_format: str, level: str, lines: int) -> None:
    found = [line for line in written(log_format, level, REQUESTS) if "r-1" in line and "ud800" not in line]
    assert len(found) == lines


def test_a_path_with_a_lone_surrogate_is_logged() -> None:
    lines = [json.loads(line) for line in written("json", "info", REQUESTS)]
    assert [line["path"] for line in lines] == ["/graphql", "/\ud800", "/graphql"]
    others = {"path": "", "status": 0, "timestamp": ""}
    assert list((lines[0] | others).items()) == list((lines[1] | others).items())
    assert len(lines[1]["timestamp"]) == len("2026-01-31T12:00:00.000000Z")


def written(log_format: str, level: str, program: str = PROGRAM) -> list[str]:
    """Return the lines that a program has written to its standard error."""
    return everything_written()[f"{log_format} {level} {PROGRAMS.index(program)}"].splitlines()


@functools.cache
def everything_written() -> dict[str, str]:
    """Run each program in each format at each level, and return their output."""
    with TemporaryDirectory() as directory:
        done = subprocess.run(
            [sys.executable, "-c", RUN_EACH, directory, *PROGRAMS],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert (done.stdout, done.stderr) == ("", "")
        return {path.name: path.read_text() for path in Path(directory).iterdir()}
