"""The last line: whatever escapes the application becomes a response without its text."""

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
    """Answers 500 with an `errorId` for an exception that nothing else has handled; its trace is in the log only."""

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
                raise  # half a response cannot be taken back: the server cuts the connection
            await json_response(body, JSON, 500)(scope, receive, send)


async def no_such_page(_: Request, error: Exception) -> Response:
    """Starlette's own refusals (no such path, wrong method), in the form of every other error."""
    assert isinstance(error, HTTPException)
    code = "NOT_FOUND" if error.status_code == 404 else "BAD_REQUEST"
    entry = {"message": f"{error.detail}.", "extensions": {"code": code}}
    return json_response({"errors": [entry]}, JSON, error.status_code, dict(error.headers or {}))
