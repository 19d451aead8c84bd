"""A request's way, station by station: document, admission, context, fields, response.

Everything before the context costs no connection: an invalid or unauthorised request never reaches the database.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from graphql import ExecutionResult

from graphql_app.context import Commits, Context
from graphql_app.database.access import ROLE_CHANGES
from graphql_app.database.gate import Gate
from graphql_app.database.pool import ConnectionPool
from graphql_app.database.trace import Trace
from graphql_app.errors import OperationTimeout, RequestError, ResponseTooLarge, RoleChanged, Unavailable
from graphql_app.execution.admission import Admitted, admit
from graphql_app.execution.caches import Caches
from graphql_app.execution.cost import CostLimits
from graphql_app.execution.documents import Documents
from graphql_app.execution.encoding import encoded
from graphql_app.execution.errors import Body, by_path, document_error, field_error, reported, request_error
from graphql_app.execution.graphql_executor import execute_operation
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.execution.validation import Rejected
from graphql_app.limits import Limits, Writing
from graphql_app.loaders import Loaders
from graphql_app.mutations.transaction_batch import stop
from graphql_app.pacing import OBJECTS, Pacer, Pacing
from graphql_app.plan.explain import trace_of
from graphql_app.statements.compiled import Statements
from graphql_app.viewer import Viewer
from graphql_app.views.schema import Api

SECONDS_AFTER_STOP = 2.0
"""How long the payloads of a stopped mutation may still be read, once it has committed something."""


@dataclass(frozen=True, slots=True)
class ExecutorOptions:
    """``timeout`` in seconds bounds a whole operation; ``max_tokens`` the length of a document."""

    limits: Limits = field(default_factory=Limits)
    writing: Writing = field(default_factory=Writing)
    costs: CostLimits = field(default_factory=CostLimits)
    timeout: float = 20.0
    introspection: bool = True
    max_tokens: int = 5_000
    trace: bool = False
    """Whether responses tell how they were answered, in ``extensions.trace``."""
    plan: bool = True
    """Whether plans answer what they can, and documents share plans whose literals differ; the same answers without."""
    caches: Caches = field(default_factory=Caches)
    objects_per_pass: int = OBJECTS
    """Objects of large operations that are built or encoded between two passes of the event loop."""


class Executor:
    """Runs operations of one API on one pool. ``services`` are handed to resolvers as ``info.context.services``."""

    def __init__(
        self, api: Api, connections: ConnectionPool, options: ExecutorOptions = ExecutorOptions(), services: Any = None
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
        """Answer a request. Whatever is wrong with it is in the answer; only cancellation is raised.

        ``read_only`` refuses everything but queries, as for a GET request.
        """
        try:
            admitted = await admit(
                request, self._documents, viewer, self._api.public, self._options.costs, read_only=read_only
            )
        except RequestError as error:
            return _refused([request_error(error)])
        except Rejected as rejected:
            return _refused([document_error(error, rejected.code) for error in rejected.errors])
        commits = Commits()
        try:
            response = await self._bounded(admitted, request, viewer, commits)
            return await self._encoded(response, admitted, commits)
        except asyncio.CancelledError:
            if commits.outcomes:
                raise PartlyCommitted(_partly_committed(Unavailable(), commits)) from None
            raise

    async def _bounded(
        self, admitted: Admitted, request: GraphQLRequest, viewer: Viewer | None, commits: Commits
    ) -> GraphQLResponse:
        """Answer within the timeout. After it, what was committed is still shown, and nothing more is executed."""
        try:
            async with asyncio.timeout(self._options.timeout):
                return _response(admitted, await self._run(admitted, request, viewer, commits))
        except TimeoutError:
            timeout = OperationTimeout()
        if not commits.outcomes:
            return _failed(admitted, request_error(timeout))
        stop(commits, timeout)
        try:
            # hand-written fields of a payload may wait for something else than the database
            async with asyncio.timeout(2 * SECONDS_AFTER_STOP):
                return _response(admitted, await self._attempt(admitted, request, commits.caller, commits))
        except TimeoutError:
            return _partly_committed(timeout, commits)

    async def _encoded(self, response: GraphQLResponse, admitted: Admitted, commits: Commits) -> GraphQLResponse:
        """The response with its bytes, or an error in its place if it is too long."""
        most, objects = self._options.costs.response_bytes, admitted.cost.objects
        try:
            response.encoded = await encoded(response.body, objects, self._pacer, most)
        except ResponseTooLarge as error:
            return _partly_committed(error, commits) if commits.outcomes else _failed(admitted, request_error(error))
        return response

    async def _run(
        self, admitted: Admitted, request: GraphQLRequest, viewer: Viewer | None, commits: Commits
    ) -> "Attempt":
        """Run the operation; run it again in the stored role when that proves to be another than the viewer's."""
        attempt = await self._unbroken(admitted, request, viewer, commits)
        for _ in range(ROLE_CHANGES):
            if viewer is None or not isinstance(attempt.denied, RoleChanged):
                break
            viewer = replace(viewer, role=attempt.denied.role)
            attempt = await self._unbroken(admitted, request, viewer, commits)
        return attempt

    async def _unbroken(
        self, admitted: Admitted, request: GraphQLRequest, viewer: Viewer | None, commits: Commits
    ) -> "Attempt":
        """Run the operation; a query whose snapshot broke (lost connection, migration) runs once more."""
        attempt = await self._attempt(admitted, request, viewer, commits)
        if attempt.is_broken and admitted.is_query:
            attempt = await self._attempt(admitted, request, viewer, commits)
        return attempt

    async def _attempt(
        self, admitted: Admitted, request: GraphQLRequest, viewer: Viewer | None, commits: Commits
    ) -> "Attempt":
        trace = Trace() if self._options.trace else None
        gate = Gate(self._connections, viewer.organization_id if viewer else None, trace, viewer)
        if commits.stopped_by is not None:
            gate.commit_sent, gate.deadline = True, asyncio.get_running_loop().time() + SECONDS_AFTER_STOP
        context = self._context(gate, admitted, request)
        context.commits = commits
        try:
            result = await self._resolve(admitted, request, context)
            denied = await _denied(context)
        except BaseException:
            await gate.close()
            raise
        gate.release()
        if trace is not None:
            result = ExecutionResult(result.data, result.errors, {"trace": trace_of(context)})
        broken, untouched = gate.read_failed is not None, not gate.reached
        return Attempt(result, broken, untouched, context.fell_back, sorted(context.user_errors), denied)

    def _context(self, gate: Gate, admitted: Admitted, request: GraphQLRequest) -> Context:
        pacing = Pacing(self._pacer, admitted.cost.objects)
        loaders = Loaders(gate, self._api.nodes, pacing)
        return Context(
            gate,
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

    async def _resolve(self, admitted: Admitted, request: GraphQLRequest, context: Context) -> ExecutionResult:
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


@dataclass(slots=True)
class Attempt:
    """What running an operation came to."""

    result: ExecutionResult
    is_broken: bool
    """Whether its snapshot broke on the way."""
    is_untouched: bool
    """True if the database has answered nothing, so that nothing was read or changed."""
    fell_back: str
    """The reason why no plan answered it, if plans are on; else empty."""
    user_errors: Sequence[str]
    """The codes of its mutations' user errors."""
    denied: Exception | None
    """Why the viewer may not have the result."""


async def _denied(context: Context) -> Exception | None:
    """Return why the viewer may not have what was resolved. What was committed is shown: its viewer was checked.

    Checks the viewer now if something was decided by a role that the database was not asked about, such as a null.
    """
    gate, access = context.gate, context.gate.access
    if context.is_judged_by_role and not access.is_checked and access.error is None:
        try:
            await gate.check()
        except Exception as error:
            return error
    return None if gate.commit_sent else gate.access.error


class PartlyCommitted(asyncio.CancelledError):
    """Cancellation of an operation that has committed something; ``response`` names it."""

    def __init__(self, response: GraphQLResponse) -> None:
        super().__init__()
        self.response = response


def _partly_committed(error: RequestError, commits: Commits) -> GraphQLResponse:
    """Name the root fields that are committed, where nothing of them can be shown."""
    unknown = [name for name, outcome in commits.outcomes.items() if isinstance(outcome, Exception)]
    saved = [name for name in commits.outcomes if name not in unknown]
    told = [f"Saved: {', '.join(saved)}."] if saved else []
    told += [f"Unknown whether saved: {', '.join(unknown)}."] if unknown else []
    error.extensions |= {"committed": saved, "unknown": unknown}
    reason = str(error) if isinstance(error, ResponseTooLarge) else "The operation was stopped."
    body = request_error(error) | {"message": " ".join([reason, *told])}
    return GraphQLResponse({"data": None, "errors": [body]}, executed=True, operation="mutation")


def _refused(errors: list[Body]) -> GraphQLResponse:
    return GraphQLResponse({"errors": errors}, executed=False)


def _failed(admitted: Admitted, error: Body) -> GraphQLResponse:
    return _executed(admitted, {"data": None, "errors": [error]})


def _response(admitted: Admitted, attempt: Attempt) -> GraphQLResponse:
    if attempt.denied is not None:
        return _refused([reported(attempt.denied)])
    result = attempt.result
    errors = result.errors or []
    if result.data is None and errors and all(error.path is None for error in errors):
        # no field ran: graphql-core found a variable that does not fit its type
        return _refused([document_error(error, "BAD_USER_INPUT") for error in admitted.located(errors)])
    body: Body = {"data": result.data}
    if errors:
        body["errors"] = by_path([field_error(error) for error in admitted.located(errors)])
        if attempt.is_untouched and {error["extensions"]["code"] for error in body["errors"]} == {Unavailable.code}:
            return _refused([request_error(Unavailable())])
    if result.extensions:
        body["extensions"] = result.extensions
    return _executed(admitted, body, fell_back=attempt.fell_back, user_errors=attempt.user_errors)


def _executed(admitted: Admitted, body: Body, **notes: Any) -> GraphQLResponse:
    operation = admitted.operation
    name = operation.name.value if operation.name else None
    return GraphQLResponse(body, executed=True, operation=operation.operation.value, operation_name=name, **notes)
