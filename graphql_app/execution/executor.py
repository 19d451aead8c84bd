"""Executor of requests: admission, context, execution by a plan or by graphql-core, response.

Admission takes no connection: an invalid or unauthorized request does not reach the database.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from graphql import ExecutionResult

from graphql_app.context import Commits, Context
from graphql_app.database.pool import ConnectionPool
from graphql_app.database.session import OperationSession
from graphql_app.database.trace import Trace
from graphql_app.database.viewer_check import ROLE_CHANGES
from graphql_app.errors import OperationTimeout, RequestError, ResponseTooLarge, RoleChanged, Unavailable
from graphql_app.execution.admission import AdmittedOperation, admit
from graphql_app.execution.caches import CacheLimits
from graphql_app.execution.cost import CostLimits
from graphql_app.execution.documents import Documents
from graphql_app.execution.encoding import encode_response
from graphql_app.execution.errors import (
    PartlyCommitted,
    client_error,
    document_error,
    field_error,
    not_executed,
    partly_committed,
    request_error,
    sorted_by_path,
)
from graphql_app.execution.graphql_core_adapter import execute_operation
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse, JsonObject
from graphql_app.execution.validation import InvalidDocument
from graphql_app.limits import Limits, WriteLimits
from graphql_app.loaders import Loaders
from graphql_app.mutations.calls import stop
from graphql_app.pacing import OBJECTS, Pacer, Pacing
from graphql_app.plan.program import trace_of
from graphql_app.sql.compiled import Statements
from graphql_app.types.schema import Api
from graphql_app.viewer import Viewer

SECONDS_AFTER_STOP = 2.0
"""Seconds in which the payloads of a stopped mutation may still be read, if it has committed a change."""


@dataclass(frozen=True, slots=True)
class ExecutorOptions:
    """Options of an executor. ``timeout`` bounds a whole operation, in seconds; ``max_tokens`` bounds a document."""

    limits: Limits = field(default_factory=Limits)
    writing: WriteLimits = field(default_factory=WriteLimits)
    costs: CostLimits = field(default_factory=CostLimits)
    timeout: float = 20.0
    introspection: bool = True
    max_tokens: int = 5_000
    trace: bool = False
    """True to describe the execution in ``extensions.trace`` of responses."""
    plan: bool = True
    """True to execute operations by plans where possible, and to share documents that differ in literals.

    Responses do not depend on it.
    """
    caches: CacheLimits = field(default_factory=CacheLimits)
    objects_per_pass: int = OBJECTS
    """Objects of large operations that are built or encoded between two passes of the event loop."""


@dataclass(slots=True)
class Attempt:
    """Outcome of one execution of an operation."""

    result: ExecutionResult
    is_broken: bool
    """True if its snapshot broke."""
    is_untouched: bool
    """True if no statement reached the database, so that nothing was read or changed."""
    fell_back: str
    """Reason for an execution without a plan, if plans are on; else empty."""
    user_errors: Sequence[str]
    """Codes of the user errors of its mutations."""
    denied: Exception | None
    """Reason to withhold the result from the viewer."""


class Executor:
    """Executor of one API on one pool. Resolvers receive ``services`` as ``info.context.services``."""

    def __init__(
        self,
        api: Api,
        connections: ConnectionPool,
        options: ExecutorOptions = ExecutorOptions(),
        services: object = None,
    ) -> None:
        self._api = api
        self._connections = connections
        self._options = options
        self._services = services
        self._pacer = Pacer(options.objects_per_pass)
        self._statements = Statements(options.caches.statements, options.caches.statement_bytes)
        self._documents = Documents(
            api.graphql_schema,
            introspection=options.introspection,
            max_tokens=options.max_tokens,
            caches=options.caches,
            limits=options.limits,
            share_literals=options.plan,
        )

    async def execute(
        self, request: GraphQLRequest, *, viewer: Viewer | None = None, read_only: bool = False
    ) -> GraphQLResponse:
        """Return the response to a request, with any error in it. Raises only CancelledError.

        ``read_only`` rejects everything but queries, as for a GET request.
        """
        try:
            admitted = await admit(
                request, self._documents, viewer, self._api.public, self._options.costs, read_only=read_only
            )
        except RequestError as error:
            return not_executed(request_error(error))
        except InvalidDocument as invalid:
            return not_executed(*[document_error(error, invalid.code) for error in invalid.errors])
        commits = Commits()
        try:
            response = await self._bounded(admitted, request, viewer, commits)
            return await self._encode(response, admitted, commits)
        except asyncio.CancelledError:
            if commits.outcomes:
                raise PartlyCommitted(partly_committed(Unavailable(), commits)) from None
            raise

    async def _bounded(
        self, admitted: AdmittedOperation, request: GraphQLRequest, viewer: Viewer | None, commits: Commits
    ) -> GraphQLResponse:
        """Return the response within the timeout. After it, committed changes are still shown; nothing is executed."""
        try:
            async with asyncio.timeout(self._options.timeout):
                return _response(admitted, await self._run(admitted, request, viewer, commits))
        except TimeoutError:
            timeout = OperationTimeout()
        if not commits.outcomes:
            return _failed(admitted, request_error(timeout))
        stop(commits, timeout)
        try:
            # resolvers written by hand may wait for something else than the database
            async with asyncio.timeout(2 * SECONDS_AFTER_STOP):
                return _response(admitted, await self._attempt(admitted, request, commits.caller, commits))
        except TimeoutError:
            return partly_committed(timeout, commits)

    async def _encode(
        self, response: GraphQLResponse, admitted: AdmittedOperation, commits: Commits
    ) -> GraphQLResponse:
        """Return the response with its bytes, or an error in its place if it is too long."""
        most, objects = self._options.costs.response_bytes, admitted.cost.objects
        try:
            response.encoded = await encode_response(response.body, objects, self._pacer, most)
        except ResponseTooLarge as error:
            return partly_committed(error, commits) if commits.outcomes else _failed(admitted, request_error(error))
        return response

    async def _run(
        self, admitted: AdmittedOperation, request: GraphQLRequest, viewer: Viewer | None, commits: Commits
    ) -> Attempt:
        """Run the operation, and again in the stored role if that differs from the viewer's."""
        attempt = await self._run_on_snapshot(admitted, request, viewer, commits)
        for _ in range(ROLE_CHANGES):
            if viewer is None or not isinstance(attempt.denied, RoleChanged):
                break
            viewer = replace(viewer, role=attempt.denied.role)
            attempt = await self._run_on_snapshot(admitted, request, viewer, commits)
        return attempt

    async def _run_on_snapshot(
        self, admitted: AdmittedOperation, request: GraphQLRequest, viewer: Viewer | None, commits: Commits
    ) -> Attempt:
        """Run the operation. A query whose snapshot broke (lost connection, migration) runs once more."""
        attempt = await self._attempt(admitted, request, viewer, commits)
        if attempt.is_broken and admitted.is_query:
            attempt = await self._attempt(admitted, request, viewer, commits)
        return attempt

    async def _attempt(
        self, admitted: AdmittedOperation, request: GraphQLRequest, viewer: Viewer | None, commits: Commits
    ) -> Attempt:
        trace = Trace() if self._options.trace else None
        session = OperationSession(self._connections, viewer.organization_id if viewer else None, trace, viewer)
        if commits.stopped_by is not None:
            session.commit_sent, session.deadline = True, asyncio.get_running_loop().time() + SECONDS_AFTER_STOP
        context = self._context(session, admitted, request)
        context.commits = commits
        try:
            result = await self._resolve(admitted, request, context)
            denied = await _denied(context)
        except BaseException:
            await session.close()
            raise
        session.release()
        if trace is not None:
            result = ExecutionResult(result.data, result.errors, {"trace": trace_of(context)})
        broken, untouched = session.read_failed is not None, not session.reached
        return Attempt(result, broken, untouched, context.fell_back, sorted(context.user_errors), denied)

    def _context(self, session: OperationSession, admitted: AdmittedOperation, request: GraphQLRequest) -> Context:
        pacing = Pacing(self._pacer, admitted.cost.objects)
        loaders = Loaders(session, self._api.nodes, pacing)
        return Context(
            session,
            loaders,
            self._options.limits,
            self._services,
            self._api.tables,
            self._options.writing,
            request.idempotency_key,
            literals={} if admitted.literals is None else admitted.literals.values,
            client_address=request.client_address,
            pacing=pacing,
        )

    async def _resolve(self, admitted: AdmittedOperation, request: GraphQLRequest, context: Context) -> ExecutionResult:
        document, operation, variables = admitted.document, admitted.operation, request.variables
        execute = partial(
            execute_operation,
            self._api.graphql_schema,
            document.node,
            context,
            variables,
            request.operation_name,
            hide_suggestions=not self._options.introspection,
        )
        if not self._options.trace:  # a trace is about one request
            introspected = await document.introspections.answer(operation, variables, execute)
            if introspected is not None:
                return introspected
        if self._options.plan:
            planned = await document.plans.answer(operation, variables, context, self._statements, self._api.schema)
            if planned is not None:
                return planned
        result = execute()
        return result if isinstance(result, ExecutionResult) else await result


async def _denied(context: Context) -> Exception | None:
    """Return the reason to withhold the result from the viewer, or None.

    Checks the viewer now if the result depends on a role that no statement has checked, such as a null. Committed
    changes are shown: their transactions have checked the viewer.
    """
    session, access = context.session, context.session.access
    if context.is_judged_by_role and not access.is_checked and access.error is None:
        try:
            await session.check()
        except Exception as error:
            return error
    return None if session.commit_sent else session.access.error


def _failed(admitted: AdmittedOperation, error: JsonObject) -> GraphQLResponse:
    return _executed(admitted, {"data": None, "errors": [error]})


def _response(admitted: AdmittedOperation, attempt: Attempt) -> GraphQLResponse:
    if attempt.denied is not None:
        return not_executed(client_error(attempt.denied))
    result = attempt.result
    errors = result.errors or []
    if result.data is None and errors and all(error.path is None for error in errors):
        # no field was executed: graphql-core found a variable that does not fit its type
        return not_executed(*[document_error(error, "BAD_USER_INPUT") for error in admitted.located(errors)])
    body: JsonObject = {"data": result.data}
    if errors:
        body["errors"] = sorted_by_path([field_error(error) for error in admitted.located(errors)])
        if attempt.is_untouched and {error["extensions"]["code"] for error in body["errors"]} == {Unavailable.code}:
            return not_executed(request_error(Unavailable()))
    if result.extensions:
        body["extensions"] = result.extensions
    return _executed(admitted, body, attempt.fell_back, attempt.user_errors)


def _executed(
    admitted: AdmittedOperation, body: JsonObject, fell_back: str = "", user_errors: Sequence[str] = ()
) -> GraphQLResponse:
    operation = admitted.operation
    name = operation.name.value if operation.name else None
    return GraphQLResponse(body, True, None, operation.operation.value, name, fell_back, user_errors)
