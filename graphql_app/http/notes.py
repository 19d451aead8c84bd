"""What the log lines of a request say about it: bound once, on each line from then on."""

import re
from typing import Any

from structlog.contextvars import bind_contextvars

from graphql_app.execution.request import GraphQLRequest
from graphql_app.identity.viewer import Viewer

LONGEST_NAME = 100
FIRST_OPERATION = re.compile(r"\s*(?:query|mutation|subscription)\s+(\w+)")


def note_viewer(viewer: Viewer) -> None:
    """For whom it is."""
    bind_contextvars(organization_id=str(viewer.organization_id), user_id=str(viewer.user_id))


def note_operation(request: GraphQLRequest) -> None:
    """What the client calls the operation: by `operationName`, or where the document begins."""
    name = request.operation_name
    if name is None and (beginning := FIRST_OPERATION.match(request.query)):
        name = beginning[1]
    if name:
        bind_contextvars(operation=name[:LONGEST_NAME])


def note_errors(body: dict[str, Any]) -> None:
    """The codes of the errors in a response's ``body``, if there are any."""
    errors = body.get("errors")
    if errors:
        bind_contextvars(errors=error_codes(errors))


def error_codes(errors: list[dict[str, Any]]) -> list[str]:
    """The distinct codes of ``errors``; one without a code is a field's own."""
    return sorted({error.get("extensions", {}).get("code", "NONE") for error in errors})
