"""The line of log that each request leaves.

A line of structlog's passes the standard library's loggers, records and formatters, which costs a tenth of a small
request. Where lines are JSON, this one is written as it is; it has the form of all the others.
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
"""By the level of the settings, the levels that are written: a request's line is at ``debug`` or at ``info``."""

OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z

log = structlog.get_logger(NAME)

WriteLine = Callable[[str, dict[str, Any]], None]
"""Writes what is known of a request that has been answered; the level comes first."""


def line_writer(settings: Settings) -> WriteLine:
    """What writes the lines in the format of the settings."""
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
        pass  # the answer was sent: no log that cannot be written takes it back


def _encoded(line: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(line, default=repr, option=OPTIONS)
    except orjson.JSONEncodeError:  # half of a surrogate pair
        return json.dumps(line, default=_plain).encode() + b"\n"


def _plain(fact: Any) -> Any:
    """A time or an id as in every other line."""
    return orjson.loads(orjson.dumps(fact, default=repr, option=OPTIONS))


def _log(level: str, facts: dict[str, Any]) -> None:
    getattr(log, level)("request", **facts)
