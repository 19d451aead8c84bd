"""Log configuration: structlog, uvicorn and all libraries write lines of one format, as text or as JSON.

A line may contain method, path, status, times, the client's address, names of operations, ids, error codes, and the
traceback of a bug. It never contains tokens, passwords, variables, query strings or the text of documents.
"""

import logging
import logging.config
import sys
from typing import Any, Literal

import orjson
import structlog
from structlog.typing import Processor

from graphql_app.http.notes import merge_notes
from graphql_app.settings import Settings

SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    merge_notes,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def configure_logging(settings: Settings) -> None:
    """Send the logs of this process to standard error, in the format and from the level of the settings.

    Replaces the handlers of uvicorn's loggers, and disables uvicorn's access log in favour of one line per request.
    """
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    logging.config.dictConfig(_stdlib(settings.log_format, settings.log_level.upper()))


def _stdlib(log_format: Literal["console", "json"], level: str) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "one": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [_without_duplicates, structlog.stdlib.ProcessorFormatter.remove_processors_meta]
                + (_console() if log_format == "console" else _json()),
            }
        },
        "handlers": {"one": {"class": "logging.StreamHandler", "formatter": "one"}},
        "root": {"handlers": ["one"], "level": level},
        "loggers": {
            # never below info: at debug it logs the frames of WebSockets, and so tokens
            "uvicorn": {"handlers": [], "propagate": True, "level": "INFO" if level == "DEBUG" else level},
            "uvicorn.error": {"handlers": [], "propagate": True, "level": "NOTSET", "filters": ["not_access"]},
            "uvicorn.access": {"handlers": [], "propagate": False},
        },
        "filters": {"not_access": {"()": NotAccess}},
    }


def _console() -> list[Processor]:
    plain = structlog.dev.plain_traceback  # the other formatters print local variables, and so passwords
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]


def _json() -> list[Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_dumps)]


def _dumps(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=repr).decode()


def _without_duplicates(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Remove the coloured copy of the message that uvicorn adds."""
    event.pop("color_message", None)
    return event


class NotAccess(logging.Filter):
    """Filter for WebSocket handshakes, which uvicorn logs with their query strings."""

    def filter(self, record: logging.LogRecord) -> bool:
        return '"WebSocket %s"' not in str(record.msg)
