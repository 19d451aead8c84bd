"""Serving the playground's page."""

from starlette.requests import Request
from starlette.responses import Response

from graphql_app.playground.page import PlaygroundPage


def playground_page(request: Request) -> Response:
    """The page, compressed where the browser takes it, or 304 when the browser has it already."""
    page: PlaygroundPage = request.app.state.playground
    headers = {
        "etag": page.etag,
        "cache-control": "no-cache",  # may be kept, but is asked for each time
        "vary": "accept, accept-encoding",
        "content-security-policy": page.content_security_policy,
        "content-type": "text/html; charset=utf-8",
    }
    if page.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(page.gzip, headers=headers | {"content-encoding": "gzip"})
    return Response(page.html, headers=headers)
