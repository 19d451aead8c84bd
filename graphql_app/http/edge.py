"""The outermost layer: each request has an id and one line of log, each response the headers that all have."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphql_app.http.client_address import ProxyHint, client_address
from graphql_app.http.headers import completed, request_headers, text
from graphql_app.http.lines import WriteLine
from graphql_app.http.notes import begin_notes
from graphql_app.http.request_id import HEADER, request_id

CLIENT_LEFT = 499
"""The status in the log of a request whose client did not wait for the answer."""
BEGUN = "workline.begun"
"""In the scope of a request of which a part of the response has been sent."""
NAME = HEADER.encode()


class Edge:
    """Names each HTTP request and logs it when it has been answered. Probes of health are logged at level debug.

    It is the only layer that looks at what is sent, so that an answer passes one function on its way out.
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
