"""Access log: one line per request.

A line written by structlog passes through the loggers, records and formatters of the standard library, which costs a
tenth of a small request. In JSON format, this module writes the line directly. It has the form of all other lines.
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog

from graphql_app.http.notes import noted
from graphql_app.settings import Settings

NAME = "workline.http"
QUIETEST = {"debug": ("debug", "info"), "info": ("info",)}
"""Levels that are written, by the level of the settings. A request's line is at ``debug`` or at ``info``."""

OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z

log = structlog.get_logger(NAME)

WriteLine = Callable[[str, dict[str, Any]], None]
"""Function that writes the line of an answered request, from a level and the facts."""


def line_writer(settings: Settings) -> WriteLine:
    """Return the function that writes access log lines in the format of the settings."""
    if settings.log_format != "json":
        return _log
    written = QUIETEST.get(settings.log_level, ())

    def write(level: str, facts: dict[str, Any]) -> None:
        if level in written:
            _write(level, facts)

    return write


def _write(level: str, facts: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    line = {**facts, "event": "request", **noted(), "logger": NAME, "level": level, "timestamp": now}
    try:
        stream = sys.stderr.buffer
        stream.write(_encoded(line))
        stream.flush()
    except (OSError, ValueError):
        pass  # the response was sent, and a log that cannot be written does not change that


def _encoded(line: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(line, default=repr, option=OPTIONS)
    except orjson.JSONEncodeError:  # a lone surrogate
        return json.dumps(line, default=_plain).encode() + b"\n"


def _plain(fact: Any) -> Any:
    """Return a JSON value, with times and ids in the form of every other line."""
    return orjson.loads(orjson.dumps(fact, default=repr, option=OPTIONS))


def _log(level: str, facts: dict[str, Any]) -> None:
    getattr(log, level)("request", **facts)
