"""A request to `/graphql`: what is read of it, each part once."""

from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope

from graphql_app.http.headers import Headers, request_headers, text


class HttpRequest:
    """What ASGI says of a request."""

    __slots__ = ("headers", "method", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.method: str = scope["method"]
        self.headers: Headers = request_headers(scope)

    def header(self, name: bytes) -> str | None:
        """The header of this name, None without one."""
        return text(self.headers, name)

    def accept(self) -> str | None:
        """The ``Accept`` header; several lines of it are one list."""
        lines = [line for name, line in self.scope["headers"] if name == b"accept"]
        return b", ".join(lines).decode("latin-1") if lines else None

    def parameters(self) -> QueryParams:
        """What the query string says."""
        return QueryParams(self.scope["query_string"])
