"""Access log middleware, the outermost layer: request ids, one log line per request, and common response headers."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphql_app.http.client_address import ProxyHint, client_address
from graphql_app.http.headers import completed, request_headers, text
from graphql_app.http.lines import WriteLine
from graphql_app.http.notes import begin_notes
from graphql_app.http.request_id import HEADER, request_id

CLIENT_LEFT = 499
"""Status in the log of a request whose client disconnected before the response."""
BEGUN = "workline.begun"
"""Key in the scope of a request whose response has begun."""
NAME = HEADER.encode()


class Edge:
    """Middleware that assigns request ids and logs answered requests. Health probes are logged at level ``debug``.

    No other layer wraps ``send``, so a response passes one function on its way out.
    """

    def __init__(self, app: ASGIApp, write: WriteLine, hint: ProxyHint) -> None:
        self.app = app
        self._write = write
        self._hint = hint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, address = request_headers(scope), client_address(scope)
        name = request_id(text(headers, NAME))
        begin_notes(request_id=name, client=address)
        self._hint.look(headers, address)
        started = time.perf_counter()
        status = CLIENT_LEFT

        async def complete(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                scope[BEGUN] = True
                message["headers"] = completed(message["headers"], (NAME, name.encode()))
            await send(message)

        try:
            await self.app(scope, receive, complete)
        finally:
            self._line(scope, status, started)

    def _line(self, scope: Scope, status: int, started: float) -> None:
        level = "debug" if scope["path"].startswith("/health/") and status < 500 else "info"
        duration = round((time.perf_counter() - started) * 1000, 1)
        facts = {"method": scope["method"], "path": scope["path"], "status": status, "duration_ms": duration}
        self._write(level, facts)
