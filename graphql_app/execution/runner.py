"""Runner of admitted operations: sessions, contexts, and execution by a plan or by graphql-core."""

import asyncio
from dataclasses import replace
from functools import partial

from graphql import ExecutionResult

from graphql_app.context import Commits, Context
from graphql_app.database.access_cache import AccessCache
from graphql_app.database.pool import ConnectionPool
from graphql_app.database.session import OperationSession
from graphql_app.database.viewer_check import ROLE_CHANGES
from graphql_app.errors import RoleChanged
from graphql_app.execution.admission import AdmittedOperation
from graphql_app.execution.attempt import Attempt, denied_by
from graphql_app.execution.charging import dry_result
from graphql_app.execution.graphql_core_adapter import execute_operation
from graphql_app.execution.options import (
    DEFAULT_OPTIONS,
    ExecutorOptions,
    document_cache,
    load_shedder,
    persisted_documents,
    rate_limiter,
)
from graphql_app.execution.request import GraphQLRequest
from graphql_app.loaders import Loaders
from graphql_app.pacing import Pacer, Pacing
from graphql_app.plan.explain import describe_plans
from graphql_app.sql.compiled import StatementCache
from graphql_app.telemetry.tracing import is_traced, step_span, trace_id
from graphql_app.types.schema import Api
from graphql_app.viewer import Viewer

SECONDS_AFTER_STOP = 2.0
"""Seconds in which the payloads of a stopped mutation may still be read, if it has committed a change."""


class OperationRunner:
    """Runner of the operations of one API on one pool. Resolvers receive ``services`` as ``info.context.services``.

    With ``access``, reads of viewers that were checked in the last seconds are not checked by the database.
    """

    def __init__(
        self,
        api: Api,
        connections: ConnectionPool,
        options: ExecutorOptions = DEFAULT_OPTIONS,
        services: object = None,
        access: AccessCache | None = None,
    ) -> None:
        self._api, self._connections, self._options = api, connections, options
        self._services, self._access = services, access
        self._pacer = Pacer(options.objects_per_pass)
        self._metrics = connections.metrics
        self._is_traced = is_traced()
        self._statements = StatementCache(options.caches.statements, options.caches.statement_bytes)
        self._persisted = persisted_documents(options, connections)
        self.rates = rate_limiter(options, connections)
        self._shedder = load_shedder(options, connections)
        self._documents = document_cache(options, api.graphql_schema)
        # apart, so that clients without a token cannot evict the documents of others
        self._anonymous_documents = self._documents.apart(options.caches.of_anonymous)

    @property
    def options(self) -> ExecutorOptions:
        return self._options

    @property
    def api(self) -> Api:
        return self._api

    @property
    def pacer(self) -> Pacer:
        return self._pacer

    async def run(
        self,
        admitted: AdmittedOperation,
        request: GraphQLRequest,
        viewer: Viewer | None,
        commits: Commits,
        *,
        keeps_session: bool = False,
    ) -> Attempt:
        """Run the operation, and again in the stored role if that differs from the viewer's.

        With ``keeps_session``, pass the context of a successful attempt to ``release``.
        """
        attempt = await self._run_on_snapshot(admitted, request, viewer, commits, keeps_session=keeps_session)
        for _ in range(ROLE_CHANGES):
            if viewer is None or not isinstance(attempt.denied, RoleChanged):
                break
            viewer = replace(viewer, role=attempt.denied.role)
            attempt = await self._run_on_snapshot(admitted, request, viewer, commits, keeps_session=keeps_session)
        return attempt

    async def _run_on_snapshot(
        self,
        admitted: AdmittedOperation,
        request: GraphQLRequest,
        viewer: Viewer | None,
        commits: Commits,
        *,
        keeps_session: bool,
    ) -> Attempt:
        """Run the operation. A query that lost its snapshot (lost connection, migration) runs again."""
        attempt = await self.attempt(admitted, request, viewer, commits, keeps_session=keeps_session)
        if attempt.is_broken and admitted.is_query:
            attempt = await self.attempt(admitted, request, viewer, commits, keeps_session=keeps_session)
        return attempt

    async def attempt(
        self,
        admitted: AdmittedOperation,
        request: GraphQLRequest,
        viewer: Viewer | None,
        commits: Commits,
        *,
        keeps_session: bool = False,
    ) -> Attempt:
        """Run the operation once, in a new session."""
        session = self.session(viewer)
        session.trace = request.trace
        session.name = self._name(admitted)
        if commits.stopped_by is not None:
            session.commit_sent, session.deadline = True, asyncio.get_running_loop().time() + SECONDS_AFTER_STOP
        context = self.context(session, admitted, request, commits)
        try:
            with step_span("execute"):
                result = await self.resolve(admitted, request, context)
            denied = await denied_by(context)
        except BaseException:
            await session.close()
            raise
        broken, untouched = session.read_failed is not None, not session.reached
        is_kept = keeps_session and denied is None and not broken
        if not is_kept:
            self.release(context)
        if request.trace is not None:
            describe_plans(request.trace, context)
        user_errors = sorted(context.user_errors)
        kept = context if is_kept else None
        return Attempt(result, broken, untouched, context.fell_back, user_errors, denied, kept)

    def release(self, context: Context) -> None:
        """Return the connection of an operation without waiting for it."""
        self._metrics.statements += context.session.statements
        context.session.release()

    def _name(self, admitted: AdmittedOperation) -> tuple[str, str] | None:
        """Return the names of the operation and of its trace for PostgreSQL, or None if it is not named there."""
        named = self._options.names_transactions
        trace = (trace_id() or "") if self._is_traced and named != "off" else ""
        if not trace and named != "all":
            return None
        node = admitted.operation.name
        return None if node is None and not trace else ("" if node is None else node.value, trace)

    def session(self, viewer: Viewer | None) -> OperationSession:
        """Return the session of a new operation."""
        session = OperationSession(self._connections, viewer.organization_id if viewer else None, viewer)
        session.access.cache = self._access
        return session

    def context(
        self, session: OperationSession, admitted: AdmittedOperation, request: GraphQLRequest, commits: Commits
    ) -> Context:
        """Return the context of an operation on a session."""
        pacing = Pacing(self._pacer, admitted.cost.objects)
        return Context(
            session,
            Loaders(session, self._api.nodes, pacing),
            self._options.limits,
            self._services,
            self._api.tables,
            self._options.writing,
            request.idempotency_key,
            literals={} if admitted.literals is None else admitted.literals.values,
            client_address=request.client_address,
            user_agent=request.user_agent,
            pacing=pacing,
            on_error=request.on_error,
            operation=admitted,
            commits=commits,
        )

    async def resolve(self, admitted: AdmittedOperation, request: GraphQLRequest, context: Context) -> ExecutionResult:
        """Execute an operation in a context, and return its result with located errors."""
        document, operation, variables = admitted.document, admitted.operation, request.variables
        execute = partial(
            execute_operation,
            self._api.graphql_schema,
            document.node,
            context,
            variables,
            request.operation_name,
            admitted.event,
            hide_suggestions=not self._options.introspection,
        )
        if admitted.is_dry_run:
            return await dry_result(admitted, self._api.graphql_schema, context, request)
        is_request = admitted.event is None
        if is_request and request.trace is None:  # a trace is about one request
            introspected = await document.introspections.answer(operation, variables, execute)
            if introspected is not None:
                return introspected
        if is_request and self._options.plan:
            planned = await document.plans.answer(operation, variables, context, self._statements, self._api.schema)
            if planned is not None:
                return planned
        result = execute()
        return result if isinstance(result, ExecutionResult) else await result
