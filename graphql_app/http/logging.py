"""Logs: format, request context of every line, and one access log line per request.

structlog, uvicorn and all libraries write lines of one format, as text or as JSON. A line may contain method, path,
status, times, the client's address, names of operations, ids, error codes, and the traceback of a bug. It never
contains tokens, passwords, variables, query strings or the text of documents.
"""

import json
import logging
import logging.config
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from random import getrandbits
from typing import Literal
from uuid import UUID

import orjson
import structlog
from structlog.typing import EventDict, Processor

from graphql_app.execution.request import GraphQLRequest, GraphQLResponse, JsonObject
from graphql_app.settings import Settings
from graphql_app.viewer import Viewer

REQUEST_ID_HEADER = "x-request-id"
VALID_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
LONGEST_NAME = 100
"""Characters of an operation's name in a log line."""
OPERATION_NAME = re.compile(r"\s*(?:query|mutation|subscription)\s+(\w+)")

ACCESS_LOGGER = "workline.http"
ACCESS_LEVELS = {"debug": ("debug", "info"), "info": ("info",)}
"""Levels of access log lines that are written, by the level of the settings. Other levels of settings write none."""
JSON_OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z

WriteAccessLog = Callable[[str, dict[str, object]], None]
"""Function that writes the line of an answered request, from a level and the facts."""

log = structlog.get_logger(ACCESS_LOGGER)

_context: ContextVar[dict[str, object]] = ContextVar("log_context")


def request_id(proposed: str | None) -> str:
    """Return the proposed id if it is valid (1 to 64 letters, digits, ``.``, ``_`` and ``-``), else a new one."""
    if proposed is not None and VALID_REQUEST_ID.fullmatch(proposed):
        return proposed
    # not a secret: a fast generator is sufficient
    return f"{getrandbits(128):032x}"


def begin_log_context(**facts: object) -> None:
    """Begin the log context of a request or a socket, replacing the task's context.

    Facts are formatted only when a line is written, because most requests write one line.
    """
    _context.set(facts)


def bind_log_context(**facts: object) -> None:
    """Add facts to the log context."""
    _context.get().update(facts)


def log_context() -> dict[str, object]:
    """Return the facts about the request, or an empty dict outside a request."""
    return _context.get({})


def merge_log_context(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Add the log context to a log line, as a structlog processor. Fields of the line itself take precedence."""
    for name, fact in log_context().items():
        event.setdefault(name, str(fact) if isinstance(fact, UUID) else fact)
    return event


def bind_viewer(viewer: Viewer) -> None:
    """Add the viewer's organization, user and API key to the log context."""
    bind_log_context(organization_id=viewer.organization_id, user_id=viewer.user_id)
    if viewer.key_id is not None:
        bind_log_context(key_id=viewer.key_id)


def bind_operation(request: GraphQLRequest) -> None:
    """Add the operation's name to the log context, from `operationName` or from the beginning of the document."""
    name = request.operation_name
    if name is None and (beginning := OPERATION_NAME.match(request.query)):
        name = beginning[1]
    if name:
        bind_log_context(operation=name[:LONGEST_NAME])


def bind_client(name: str, version: str) -> None:
    """Add the name and the version of the client application to the log context, if it states them."""
    if name:
        bind_log_context(client_name=name)
    if version:
        bind_log_context(client_version=version)


def bind_response(response: GraphQLResponse) -> None:
    """Add the name, the codes of errors and user errors, and the reason for an execution without a plan, if any."""
    if response.operation_name:
        bind_log_context(operation=response.operation_name[:LONGEST_NAME])
    if response.cost:
        bind_log_context(cost=response.cost)
    bind_errors(response.body)
    if response.user_errors:
        bind_log_context(user_errors=list(response.user_errors))
    if response.fell_back:
        bind_log_context(fell_back=response.fell_back)


def bind_errors(body: JsonObject) -> None:
    """Add the codes of the errors in a response's ``body`` to the log context, if any."""
    errors = body.get("errors")
    if errors:
        bind_log_context(errors=_codes(errors))


def _codes(errors: Sequence[JsonObject]) -> list[str]:
    """Return the distinct codes of ``errors``, sorted.

    An error without a code, such as a field's own, is listed as ``NONE``.
    """
    return sorted({error.get("extensions", {}).get("code", "NONE") for error in errors})


SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    merge_log_context,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
"""Processors of every line, including those of the standard library's loggers."""


def configure_logging(settings: Settings) -> None:
    """Send the logs of this process to standard error, in the format and from the level of the settings.

    Replaces the handlers of uvicorn's loggers, and disables uvicorn's access log in favor of one line per request.
    """
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    logging.config.dictConfig(_standard_library(settings.log_format, settings.log_level.upper()))


def _standard_library(log_format: Literal["console", "json"], level: str) -> dict[str, object]:
    """Return the configuration of the standard library's loggers."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "one": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [_without_color_message, structlog.stdlib.ProcessorFormatter.remove_processors_meta]
                + (_console() if log_format == "console" else _json()),
            }
        },
        "handlers": {"one": {"class": "logging.StreamHandler", "formatter": "one"}},
        "root": {"handlers": ["one"], "level": level},
        "loggers": {
            # never below info: at debug it logs the frames of WebSockets, and so tokens
            "uvicorn": {"handlers": [], "propagate": True, "level": "INFO" if level == "DEBUG" else level},
            "uvicorn.error": {"handlers": [], "propagate": True, "level": "NOTSET", "filters": ["no_handshakes"]},
            "uvicorn.access": {"handlers": [], "propagate": False},
        },
        "filters": {"no_handshakes": {"()": HandshakeFilter}},
    }


def _console() -> list[Processor]:
    plain = structlog.dev.plain_traceback  # the other formatters print local variables, and so passwords
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]


def _json() -> list[Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_serialized)]


def _serialized(event: object, **_: object) -> str:
    return orjson.dumps(event, default=repr).decode()


def _without_color_message(_: object, __: str, event: EventDict) -> EventDict:
    """Remove the colored copy of the message that uvicorn adds."""
    event.pop("color_message", None)
    return event


class HandshakeFilter(logging.Filter):
    """Filter that drops uvicorn's lines about WebSocket handshakes, which contain query strings."""

    def filter(self, record: logging.LogRecord) -> bool:
        return '"WebSocket %s"' not in str(record.msg)


def access_log_writer(settings: Settings) -> WriteAccessLog:
    """Return the function that writes access log lines in the format of the settings.

    structlog passes a line through the loggers, records and formatters of the standard library, which costs a tenth of
    a small request. In JSON format, the line is written directly. It has the form of all other lines.
    """
    if settings.log_format != "json":
        return _write_by_structlog
    levels = ACCESS_LEVELS.get(settings.log_level, ())

    def write(level: str, facts: dict[str, object]) -> None:
        if level in levels:
            _write_json(level, facts)

    return write


def _write_by_structlog(level: str, facts: dict[str, object]) -> None:
    getattr(log, level)("request", **facts)


def _write_json(level: str, facts: dict[str, object]) -> None:
    now = datetime.now(UTC)
    line = {**facts, "event": "request", **log_context(), "logger": ACCESS_LOGGER, "level": level, "timestamp": now}
    try:
        stream = sys.stderr.buffer
        stream.write(_encoded_line(line))
        stream.flush()
    except (OSError, ValueError):
        pass  # the response was sent: a failure to write the log must not affect it


def _encoded_line(line: Mapping[str, object]) -> bytes:
    try:
        return orjson.dumps(line, default=repr, option=JSON_OPTIONS)
    except orjson.JSONEncodeError:  # a lone surrogate
        return json.dumps(line, default=_json_value).encode() + b"\n"


def _json_value(fact: object) -> object:
    """Return a JSON value, with times and ids in the form of every other line."""
    return orjson.loads(orjson.dumps(fact, default=repr, option=JSON_OPTIONS))
