"""One line of log for each request, and its id in the response and in whatever is logged meanwhile."""

import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphql_app.http.lines import WriteLine
from graphql_app.http.notes import begin_notes
from graphql_app.http.request_id import HEADER, request_id

CLIENT_LEFT = 499
"""The status in the log of a request whose client did not wait for the answer."""


class AccessLog:
    """Names each HTTP request and logs it when it has been answered. Probes of health are logged at level debug."""

    def __init__(self, app: ASGIApp, write: WriteLine) -> None:
        self.app = app
        self._write = write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        name = request_id(Headers(scope=scope).get(HEADER))
        begin_notes(request_id=name)
        started = time.perf_counter()
        status = CLIENT_LEFT

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = name
            await send(message)

        try:
            await self.app(scope, receive, named)
        finally:
            self._line(scope, status, started)

    def _line(self, scope: Scope, status: int, started: float) -> None:
        level = "debug" if scope["path"].startswith("/health/") and status < 500 else "info"
        duration = round((time.perf_counter() - started) * 1000, 1)
        facts = {"method": scope["method"], "path": scope["path"], "status": status, "duration_ms": duration}
        self._write(level, facts)
