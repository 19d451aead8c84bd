"""Cross-origin requests from browsers: CORS, and the origins of WebSockets, to which CORS does not apply."""

import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from graphql_app.http.logging import REQUEST_ID_HEADER, bind_log_context
from graphql_app.settings import Settings

ANY = "*"
LOCAL = re.compile(r"https?://(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]{1,5})?")
"""Origins of the developer's own machine, which are allowed in development."""
EXPOSED_HEADERS = (REQUEST_ID_HEADER, "etag", "ratelimit", "ratelimit-policy", "retry-after")
"""Headers of a response that a page of another origin may read."""


class OriginPolicy:
    """Origins of pages that may call the API."""

    def __init__(self, settings: Settings) -> None:
        self._allowed = frozenset(settings.cors_origins)
        self.is_local_allowed = settings.env == "development"

    @property
    def is_closed(self) -> bool:
        """True if no other origin is allowed."""
        return not self._allowed and not self.is_local_allowed

    def allows(self, origin: str) -> bool:
        """Return True if pages of this origin may call the API."""
        if ANY in self._allowed or origin in self._allowed:
            return True
        return self.is_local_allowed and LOCAL.fullmatch(origin) is not None

    def allows_socket(self, origin: str | None, host: str | None) -> bool:
        """Return True if a client may open a WebSocket: not a browser, a page of this ``host``, or an allowed origin.

        Only the host is compared, because TLS may end at a proxy.
        """
        return origin is None or self.allows(origin) or (host is not None and urlsplit(origin).netloc == host)


class CrossOriginMiddleware(CORSMiddleware):
    """Middleware that answers preflights; the response to a rejected one states which setting to change."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        policy = OriginPolicy(settings)
        super().__init__(
            app,
            allow_origins=settings.cors_origins,
            allow_origin_regex=LOCAL.pattern if policy.is_local_allowed else None,
            allow_methods=["GET", "POST"],
            allow_headers=settings.cors_headers,
            expose_headers=EXPOSED_HEADERS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # the response to a POST does not vary by origin in any cache
        if scope["type"] != "http" or (scope["method"] == "POST" and not _has_origin(scope)):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        if response.status_code == 200:
            return response
        text = " ".join([f"{bytes(response.body).decode()}.", *self._remedies(request_headers)])
        bind_log_context(cors=text)
        headers = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
        return PlainTextResponse(text, response.status_code, headers)

    def _remedies(self, headers: Headers) -> list[str]:
        remedies = []
        origin = headers["origin"]
        if not self.is_allowed_origin(origin):
            remedies.append(f"Add {origin} to WORKLINE_CORS_ORIGINS.")
        requested = [name.strip().lower() for name in headers.get("access-control-request-headers", "").split(",")]
        refused = [name for name in requested if name and name not in self.allow_headers]
        if refused and not self.allow_all_headers:
            remedies.append(f"Add {', '.join(refused)} to WORKLINE_CORS_HEADERS.")
        return remedies


def _has_origin(scope: Scope) -> bool:
    return any(name == b"origin" for name, _ in scope["headers"])
