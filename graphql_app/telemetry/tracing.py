"""Spans of requests for OpenTelemetry, by its API: https://opentelemetry.io/docs/specs/semconv/.

Nothing is recorded unless the process has an SDK, which ``opentelemetry-instrument workline serve`` configures. Spans
exist for requests, operations, their steps and their statements, and never for objects or fields. A statement's text is
part of its span, its arguments are not; the text of a document is not either.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

from opentelemetry import propagate, trace
from opentelemetry.trace import ProxyTracerProvider, Span, SpanKind, StatusCode, get_current_span

from graphql_app.telemetry.operation_trace import CURRENT

SCOPE = "workline"
"""Name of the instrumentation scope."""
NOTHING = nullcontext(trace.INVALID_SPAN)
"""Context manager in place of a span that is not recorded."""

RECORDING: ContextVar[bool] = ContextVar("recording", default=False)
"""True below a span that is recorded. Each statement reads it, in less than half the time of the current span."""

type SpanBlock = AbstractContextManager[Span]
"""Context manager of a span, which is the parent of the spans that begin in its block."""


def is_traced() -> bool:
    """Return True if this process has an SDK."""
    return not isinstance(trace.get_tracer_provider(), ProxyTracerProvider)


def request_span(method: str, path: str, headers: Mapping[bytes, bytes]) -> SpanBlock:
    """Begin the span of an HTTP request, below the span of its ``headers``, if any.

    The propagators of the SDK read them: by default those of https://www.w3.org/TR/trace-context/.
    """
    attributes = {"http.request.method": method, "url.path": path}
    parent = propagate.extract({str(name, "latin-1"): str(value, "latin-1") for name, value in headers.items()})
    made = trace.get_tracer(SCOPE).start_as_current_span(f"{method} {path}", parent, SpanKind.SERVER, attributes)
    return _recorded(made)


def end_request(status: int) -> None:
    """Note the status of the response on the span of the current request."""
    found = get_current_span()
    found.set_attribute("http.response.status_code", status)
    if status >= 500:
        found.set_status(StatusCode.ERROR)


def operation_span() -> SpanBlock:
    """Begin the span of a GraphQL operation. Its name and attributes follow by ``end_operation``."""
    return _recorded(trace.get_tracer(SCOPE).start_as_current_span("GraphQL Operation", kind=SpanKind.SERVER))


@contextmanager
def _recorded(block: SpanBlock) -> Iterator[Span]:
    """Begin a span, and record the steps and statements in its block if it is recorded."""
    with block as span:
        before = RECORDING.set(span.is_recording())
        try:
            yield span
        finally:
            RECORDING.reset(before)


def end_operation(found: Span, kind: str, name: str | None, errors: Sequence[str]) -> None:
    """Note the operation and the codes of its errors. Names of operations are attributes, not names of spans.

    https://opentelemetry.io/docs/specs/semconv/graphql/graphql-spans/
    """
    if kind:
        found.update_name(kind)
        found.set_attribute("graphql.operation.type", kind)
    if name:
        found.set_attribute("graphql.operation.name", name)
    if errors:
        found.set_attribute("error.type", errors[0])
        found.set_status(StatusCode.ERROR)


def step_span(name: str) -> AbstractContextManager[object]:
    """Begin a step of an operation, such as ``parse``, for its trace or, if it is recorded, its span."""
    traced = CURRENT.get()
    if traced is not None:
        return traced.step(name)
    if not RECORDING.get():
        return NOTHING
    return trace.get_tracer(SCOPE).start_as_current_span(name)


def statement_span(sql: str, keys: int = 0) -> SpanBlock:
    """Begin the span of a statement, if the operation is recorded. ``keys`` is the number of its parent records.

    https://opentelemetry.io/docs/specs/semconv/database/postgresql/
    """
    if not RECORDING.get():
        return NOTHING
    verb = sql.split(maxsplit=1)[0]
    attributes: dict[str, str | int] = {"db.system.name": "postgresql", "db.operation.name": verb, "db.query.text": sql}
    if keys:
        attributes["workline.batch.keys"] = keys
    return trace.get_tracer(SCOPE).start_as_current_span(verb, kind=SpanKind.CLIENT, attributes=attributes)


def trace_id() -> str | None:
    """Return the id of the current trace as 32 hexadecimal digits, or None."""
    found = get_current_span().get_span_context()
    return trace.format_trace_id(found.trace_id) if found.is_valid else None
