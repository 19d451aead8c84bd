"""What the log lines of a request say about it: noted once, on each line from then on.

The notes of a request or of a socket are one dict, found by a context variable. Nothing is made of them until a line is
written: most requests write one.
"""

import re
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from structlog.typing import EventDict

from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.identity.viewer import Viewer

LONGEST_NAME = 100
FIRST_OPERATION = re.compile(r"\s*(?:query|mutation|subscription)\s+(\w+)")

_notes: ContextVar[dict[str, Any]] = ContextVar("notes")


def begin_notes(**facts: Any) -> None:
    """Begin a request's notes: whatever was noted before in this context is about something else."""
    _notes.set(facts)


def note(**facts: Any) -> None:
    """Say more about the request."""
    _notes.get().update(facts)


def noted() -> dict[str, Any]:
    """What was noted about the request; empty outside of one."""
    return _notes.get({})


def merge_notes(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: the notes on a line that is written meanwhile."""
    for name, fact in noted().items():
        event.setdefault(name, str(fact) if isinstance(fact, UUID) else fact)
    return event


def note_viewer(viewer: Viewer) -> None:
    """For whom it is."""
    note(organization_id=viewer.organization_id, user_id=viewer.user_id)


def note_operation(request: GraphQLRequest) -> None:
    """What the client calls the operation: by `operationName`, or where the document begins."""
    name = request.operation_name
    if name is None and (beginning := FIRST_OPERATION.match(request.query)):
        name = beginning[1]
    if name:
        note(operation=name[:LONGEST_NAME])


def note_response(response: GraphQLResponse) -> None:
    """Note the operation's name, the codes of all errors, and how many fields had no plan, where there are any."""
    if response.operation_name:
        note(operation=response.operation_name[:LONGEST_NAME])
    note_errors(response.body)
    if response.user_errors:
        note(user_errors=list(response.user_errors))
    if response.fell_back:
        note(fell_back=response.fell_back)


def note_errors(body: dict[str, Any]) -> None:
    """The codes of the errors in a response's ``body``, if there are any."""
    errors = body.get("errors")
    if errors:
        note(errors=error_codes(errors))


def error_codes(errors: list[dict[str, Any]]) -> list[str]:
    """The distinct codes of ``errors``; one without a code is a field's own."""
    return sorted({error.get("extensions", {}).get("code", "NONE") for error in errors})
