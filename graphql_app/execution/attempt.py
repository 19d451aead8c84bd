"""Repeatable execution of an operation, and its response."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from graphql import ExecutionResult

from graphql_app.authorization import EXPLAINING
from graphql_app.context import Context
from graphql_app.errors import Unavailable
from graphql_app.execution.admission import AdmittedOperation
from graphql_app.execution.argument_paths import VariablePlaces, locate_variable_errors
from graphql_app.execution.encoding import encode
from graphql_app.execution.errors import (
    client_error,
    document_error,
    field_error,
    not_executed,
    request_error,
    sorted_by_path,
)
from graphql_app.execution.options import ExecutorOptions
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse, JsonObject
from graphql_app.telemetry.operation_trace import CURRENT, OperationTrace
from graphql_app.viewer import Viewer


@dataclass(slots=True)
class Attempt:
    """Outcome of one execution of an operation."""

    result: ExecutionResult
    is_broken: bool
    """True if it lost its snapshot."""
    is_untouched: bool
    """True if no statement reached the database, so that nothing was read or changed."""
    fell_back: str
    """Reason for an execution without a plan, if plans are on; else empty."""
    user_errors: Sequence[str]
    """Codes of the user errors of its mutations."""
    denied: Exception | None
    """Reason to withhold the result from the viewer."""
    context: Context | None = None
    """Context whose session is still open, for further parts of the response."""


def failed(admitted: AdmittedOperation, error: JsonObject) -> GraphQLResponse:
    """Return the response of an operation without data."""
    return executed(admitted, {"data": None, "errors": [error]})


def response_of(admitted: AdmittedOperation, attempt: Attempt, raw: JsonObject) -> GraphQLResponse:
    """Return the response of an operation that was attempted with these variables."""
    if attempt.denied is not None:
        return not_executed(client_error(attempt.denied))
    result = attempt.result
    errors = result.errors or []
    if result.data is None and errors and all(error.path is None for error in errors):
        # no field was executed: graphql-core found a variable that does not fit its type
        document, errors = admitted.document, errors[: admitted.most_errors]
        places = VariablePlaces(admitted.operation, document.fragments)
        locate_variable_errors(errors, document.plans.schema, places, raw)
        return not_executed(*[document_error(error, "BAD_USER_INPUT") for error in admitted.located(errors)])
    body: JsonObject = {"data": result.data}
    if errors:
        body["errors"] = sorted_by_path([field_error(error) for error in admitted.located(errors)])
        if admitted.on_error == "HALT":
            body = {"data": None, "errors": body["errors"][:1]}
        if attempt.is_untouched and {error["extensions"]["code"] for error in body["errors"]} == {Unavailable.code}:
            return not_executed(request_error(Unavailable()))
    return executed(admitted, body, attempt.fell_back, attempt.user_errors)


def executed(
    admitted: AdmittedOperation, body: JsonObject, fell_back: str = "", user_errors: Sequence[str] = ()
) -> GraphQLResponse:
    """Return the response of an operation with this body."""
    operation = admitted.operation
    name = operation.name.value if operation.name else None
    return GraphQLResponse(body, True, None, operation.operation.value, name, fell_back, user_errors, admitted.max_age)


async def denied_by(context: Context) -> Exception | None:
    """Return the reason to withhold the result from the viewer, or None.

    Checks the viewer now if the result depends on a role that no statement has checked, such as a null. Committed
    changes are returned: their transactions have checked the viewer.
    """
    session, access = context.session, context.session.access
    if context.is_judged_by_role and not access.is_checked and access.error is None:
        try:
            await session.check()
        except Exception as error:
            return error
    return None if session.commit_sent else session.access.error


def traced(request: GraphQLRequest, viewer: Viewer | None, options: ExecutorOptions) -> GraphQLRequest:
    """Return the request with a new trace, if one is wanted and allowed. Steps of this task are added to it."""
    if not (options.trace or (options.trace_on_request and request.wants_trace)):
        return request
    explains = request.wants_trace == "explain" and viewer is not None and EXPLAINING.admits(viewer)
    trace = OperationTrace(explains and options.trace_on_request)
    CURRENT.set(trace)
    return replace(request, trace=trace)


def with_trace(response: GraphQLResponse, trace: OperationTrace) -> GraphQLResponse:
    """Return a response with the trace of its execution, which includes the time that its encoding takes."""
    with trace.step("encode"):
        encode(response.body)
    response.body["extensions"] = {**response.body.get("extensions", {}), "trace": trace.described()}
    response.encoded = encode(response.body)
    return response
