"""Log context of a request: facts that every later log line of the request carries.

The facts of a request or of a socket are one dict in a context variable. They are formatted only when a line is
written, because most requests write one line.
"""

import re
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from structlog.typing import EventDict

from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.viewer import Viewer

LONGEST_NAME = 100
FIRST_OPERATION = re.compile(r"\s*(?:query|mutation|subscription)\s+(\w+)")

_notes: ContextVar[dict[str, Any]] = ContextVar("notes")


def begin_notes(**facts: Any) -> None:
    """Begin the log context of a request. Facts noted before in this context are dropped."""
    _notes.set(facts)


def note(**facts: Any) -> None:
    """Add facts to the log context."""
    _notes.get().update(facts)


def noted() -> dict[str, Any]:
    """Return the facts noted about the request, or an empty dict outside of a request."""
    return _notes.get({})


def merge_notes(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Add the log context to a log line, as a structlog processor. Fields of the line itself take precedence."""
    for name, fact in noted().items():
        event.setdefault(name, str(fact) if isinstance(fact, UUID) else fact)
    return event


def note_viewer(viewer: Viewer) -> None:
    """Note the viewer's organization and user."""
    note(organization_id=viewer.organization_id, user_id=viewer.user_id)


def note_operation(request: GraphQLRequest) -> None:
    """Note the operation's name, from `operationName` or from the beginning of the document."""
    name = request.operation_name
    if name is None and (beginning := FIRST_OPERATION.match(request.query)):
        name = beginning[1]
    if name:
        note(operation=name[:LONGEST_NAME])


def note_response(response: GraphQLResponse) -> None:
    """Note the name, the codes of errors and user errors, and the reason why it had no plan, if there are any."""
    if response.operation_name:
        note(operation=response.operation_name[:LONGEST_NAME])
    note_errors(response.body)
    if response.user_errors:
        note(user_errors=list(response.user_errors))
    if response.fell_back:
        note(fell_back=response.fell_back)


def note_errors(body: dict[str, Any]) -> None:
    """Note the codes of the errors in a response's ``body``, if any."""
    errors = body.get("errors")
    if errors:
        note(errors=error_codes(errors))


def error_codes(errors: list[dict[str, Any]]) -> list[str]:
    """Return the distinct codes of ``errors``, sorted.

    An error without a code, such as a field's own, counts as ``NONE``.
    """
    return sorted({error.get("extensions", {}).get("code", "NONE") for error in errors})
