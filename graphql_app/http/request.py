"""Request to `/graphql`, each part of which is parsed once."""

from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope

from graphql_app.http.headers import Headers, request_headers, text


class HttpRequest:
    """HTTP request, read from the ASGI scope."""

    __slots__ = ("headers", "method", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.method: str = scope["method"]
        self.headers: Headers = request_headers(scope)

    def header(self, name: bytes) -> str | None:
        """Return the header with this name, or None."""
        return text(self.headers, name)

    def accept(self) -> str | None:
        """Return the ``Accept`` header, or None. Several lines of it are joined to one list."""
        lines = [line for name, line in self.scope["headers"] if name == b"accept"]
        return b", ".join(lines).decode("latin-1") if lines else None

    def parameters(self) -> QueryParams:
        """Return the parameters of the query string."""
        return QueryParams(self.scope["query_string"])
