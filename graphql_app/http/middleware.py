"""Middleware of HTTP requests: the access log with request ids, the error boundary, and the fast path to `/graphql`."""

import time

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphql_app.execution.errors import masked_error
from graphql_app.http.endpoint import METHODS, PATH, answer
from graphql_app.http.logging import (
    REQUEST_ID_HEADER,
    WriteAccessLog,
    begin_log_context,
    bind_errors,
    bind_log_context,
    request_id,
)
from graphql_app.http.negotiation import JSON
from graphql_app.http.request import HttpRequest, UntrustedProxyWarning, client_address, header_text, request_headers
from graphql_app.http.response import CLIENT_CLOSED_REQUEST, json_response, with_security_headers
from graphql_app.telemetry.tracing import end_request, is_traced, request_span, trace_id

RESPONSE_STARTED = "workline.response_started"
"""Key in the scope of a request whose response has begun."""
PROBES = ("/health/", "/metrics")
"""Paths whose answered requests are logged at level `debug`, and not traced."""
REQUEST_ID = REQUEST_ID_HEADER.encode()


class AccessLogMiddleware:
    """Outermost middleware: assigns request ids, adds common headers, and logs answered requests.

    Probes are logged at level ``debug``. No other middleware wraps ``send``, so each response has one wrapper.
    """

    def __init__(self, app: ASGIApp, write: WriteAccessLog, proxy_warning: UntrustedProxyWarning) -> None:
        self.app = app
        self._write = write
        self._proxy_warning = proxy_warning
        self._is_traced = is_traced()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, address = request_headers(scope), client_address(scope)
        id = request_id(header_text(headers, REQUEST_ID))
        begin_log_context(request_id=id, client=address)
        self._proxy_warning.check(headers, address)
        started = time.perf_counter()
        status = CLIENT_CLOSED_REQUEST

        async def complete(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                scope[RESPONSE_STARTED] = True
                message["headers"] = with_security_headers(message["headers"], (REQUEST_ID, id.encode()))
            await send(message)

        try:
            if self._is_traced and not scope["path"].startswith(PROBES):
                with request_span(scope["method"], scope["path"], headers):
                    bind_log_context(trace_id=trace_id())
                    await self.app(scope, receive, complete)
                    end_request(status)
            else:
                await self.app(scope, receive, complete)
        finally:
            self._log(scope, status, started)

    def _log(self, scope: Scope, status: int, started: float) -> None:
        level = "debug" if scope["path"].startswith(PROBES) and status < 500 else "info"
        duration = round((time.perf_counter() - started) * 1000, 1)
        facts = {"method": scope["method"], "path": scope["path"], "status": status, "duration_ms": duration}
        self._write(level, facts)


class ErrorBoundary:
    """Middleware that answers 500 with an `errorId` for an unhandled exception. The traceback is in the log only."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        except Exception as bug:
            body = {"errors": [masked_error(bug)]}
            bind_errors(body)
            if RESPONSE_STARTED in scope:
                raise  # the response has begun and cannot be replaced: the server closes the connection
            await json_response(body, JSON, 500)(scope, receive, send)


class FastPath:
    """Middleware that calls the endpoint of `/graphql` directly, and passes other requests on to the routes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] in METHODS:
            response = await answer(HttpRequest(scope, receive))
            await response(scope, receive, send)
        else:
            await self.app(scope, receive, send)


async def http_error_response(_: Request, error: Exception) -> Response:
    """Convert a Starlette HTTPException (unknown path, wrong method) to the common error format."""
    assert isinstance(error, HTTPException)
    code = "NOT_FOUND" if error.status_code == 404 else "BAD_REQUEST"
    entry = {"message": f"{error.detail}.", "extensions": {"code": code}}
    return json_response({"errors": [entry]}, JSON, error.status_code, dict(error.headers or {}))
