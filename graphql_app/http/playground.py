"""Route of the playground's page."""

from starlette.responses import Response

from graphql_app.http.request import HttpRequest
from graphql_app.playground.page import PlaygroundPage


def playground_page(request: HttpRequest) -> Response:
    """Return the page, compressed if the browser accepts gzip, or 304 if its cached copy is current."""
    page: PlaygroundPage = request.scope["app"].state.playground
    headers = {
        "etag": page.etag,
        "cache-control": "no-cache",  # may be stored, but must be revalidated each time
        "vary": "accept, accept-encoding",
        "content-security-policy": page.content_security_policy,
        "content-type": "text/html; charset=utf-8",
    }
    if page.etag in (request.header(b"if-none-match") or ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in (request.header(b"accept-encoding") or ""):
        return Response(page.gzip, headers=headers | {"content-encoding": "gzip"})
    return Response(page.html, headers=headers)
