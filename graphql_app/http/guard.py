"""Error boundary: turns an unhandled exception into a response that does not contain its text."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from graphql_app.execution.failures import masked
from graphql_app.http.edge import BEGUN
from graphql_app.http.negotiation import JSON
from graphql_app.http.notes import note_errors
from graphql_app.http.rendering import json_response


class Guard:
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
            body = {"errors": [masked(bug)]}
            note_errors(body)
            if BEGUN in scope:
                raise  # the response has begun and cannot be replaced: the server closes the connection
            await json_response(body, JSON, 500)(scope, receive, send)


async def no_such_page(_: Request, error: Exception) -> Response:
    """Return an HTTPException of Starlette (unknown path, wrong method) in the form of every other error."""
    assert isinstance(error, HTTPException)
    code = "NOT_FOUND" if error.status_code == 404 else "BAD_REQUEST"
    entry = {"message": f"{error.detail}.", "extensions": {"code": code}}
    return json_response({"errors": [entry]}, JSON, error.status_code, dict(error.headers or {}))
