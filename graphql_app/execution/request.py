"""Request and response of an operation, independent of their transport.

Treat both as immutable. They are not frozen, because creating a frozen dataclass takes three times as long.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from graphql_app.context import OnError
from graphql_app.errors import RequestError
from graphql_app.limits import RateBucket
from graphql_app.telemetry.operation_trace import OperationTrace
from graphql_app.viewer import Viewer

IncrementalForm = Literal["v0.2", "v0.1", "20220824"]
"""Form of the parts of an incremental response: see :mod:`graphql_app.execution.incremental_forms`."""
JsonObject = dict[str, Any]
"""Decoded JSON object. Its values may be any JSON, which the reader checks."""
type TraceRequest = Literal["", "trace", "explain"]


@dataclass(slots=True)
class GraphQLRequest:
    """Well-formed request: texts are strings, and ``variables`` is an object.

    ``query`` is empty if ``document_id`` identifies the document instead.
    """

    query: str
    variables: JsonObject = field(default_factory=dict)
    operation_name: str | None = None
    extensions: JsonObject = field(default_factory=dict)
    idempotency_key: str | None = None
    """Value of the header ``Idempotency-Key``."""
    client_address: str = ""
    """IP address of the client, or empty if it is unknown."""
    user_agent: str = ""
    """User-Agent of the client, or empty if it is unknown."""
    client_name: str = ""
    client_version: str = ""
    """Name and version of the client application, as it states them, or empty."""
    rejected: RequestError | None = None
    """Error of the request's token. Mutations that require no token ignore it, such as a login."""
    document_id: str | None = None
    """Id or hash of a persisted document."""
    is_automatic: bool = False
    """True if ``document_id`` is the hash of an automatic persisted query."""
    on_error: OnError = "PROPAGATE"
    incremental: IncrementalForm | None = None
    """Form in which the client accepts parts, or None for a response in one part."""
    reports_cost: bool = False
    """True to describe the cost in ``extensions.cost`` of the response."""
    wants_trace: TraceRequest = ""
    """``trace`` to describe the execution in ``extensions.trace``, ``explain`` also with PostgreSQL's plans."""
    trace: OperationTrace | None = None
    """Trace of the execution, or None if it is not traced."""


@dataclass(slots=True)
class GraphQLResponse:
    """Response of an operation. ``executed`` is False if no field was executed; then there is no ``data``.

    The data of an introspection is an ``orjson.Fragment``, because it is cached as bytes.
    """

    body: JsonObject
    executed: bool
    encoded: bytes | None = None
    """Body as JSON, if the executor has encoded it."""
    operation: str = ""
    """``query``, ``mutation`` or ``subscription``; empty if the document contains no such operation."""
    operation_name: str | None = None
    """Name of the operation in the document."""
    fell_back: str = ""
    """Reason for an execution by graphql-core although plans are on; else empty."""
    user_errors: Sequence[str] = ()
    """Distinct codes of the user errors in the payloads of mutations."""
    max_age: int = 0
    """Seconds for which a client may reuse the response to a GET request without another request."""
    events: AsyncGenerator["GraphQLResponse"] | None = None
    """Responses to the events of a subscription, in place of the body. Close it if it is not read to the end."""
    parts: AsyncGenerator["GraphQLResponse"] | None = None
    """All parts of an incremental response, of which this is the first. Close it if it is not read to the end."""
    form: IncrementalForm | None = None
    """Form of the parts."""
    expires_at: datetime | None = None
    """Time at which the events end, because the viewer's token expires. None if there is no limit."""
    viewer: Viewer | None = None
    """Viewer of the events."""
    rate: RateBucket | None = None
    """Bucket of the client, or None without a rate limit."""
    cost: int = 0
    """Requested cost of an admitted operation."""

    @property
    def codes(self) -> list[str]:
        """Codes of the errors, in order."""
        return [error["extensions"]["code"] for error in self.body.get("errors", ())]

    @property
    def retry_after(self) -> int | None:
        """Longest ``retryAfter`` of the errors, in seconds, or None if no error has one."""
        waits = [error.get("extensions", {}).get("retryAfter") for error in self.body.get("errors", ())]
        return max((wait for wait in waits if isinstance(wait, int)), default=None)
