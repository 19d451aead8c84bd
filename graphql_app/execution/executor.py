"""Executor of requests: admission, context, execution by a plan or by graphql-core, response.

Admission takes no connection, except to look up a persisted document that the process does not have: an invalid or
unauthorized request does not reach the database.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import replace
from time import perf_counter

from graphql import ExecutionResult, OperationType

from graphql_app.context import Commits
from graphql_app.errors import OperationTimeout, Overloaded, ResponseTooLarge, Unavailable
from graphql_app.execution.admission import REFUSALS, AdmittedOperation, admit, refused
from graphql_app.execution.attempt import Attempt, denied_by, executed, failed, response_of, traced, with_trace
from graphql_app.execution.charging import charge, finish
from graphql_app.execution.encoding import encode_response
from graphql_app.execution.errors import PartlyCommitted, client_error, not_executed, partly_committed, request_error
from graphql_app.execution.incremental import DividedOperation, IncrementalResponse, divide
from graphql_app.execution.options import sample_of
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.execution.runner import SECONDS_AFTER_STOP, OperationRunner
from graphql_app.execution.subscription import open_events
from graphql_app.mutations.calls import stop
from graphql_app.telemetry.metrics import UNNAMED, Sample
from graphql_app.telemetry.tracing import NOTHING, end_operation, operation_span
from graphql_app.viewer import Viewer


class Executor(OperationRunner):
    """Executor of one API on one pool: admission, execution within the time limit, and the encoded response."""

    async def execute(
        self, request: GraphQLRequest, *, viewer: Viewer | None = None, read_only: bool = False
    ) -> GraphQLResponse:
        """Return the response to a request, with any error in it. Raises only CancelledError.

        ``read_only`` rejects everything but queries, as for a GET request.
        """
        started = perf_counter()
        if request.wants_trace or self._options.trace:
            request = traced(request, viewer, self._options)
        with operation_span() if self._is_traced else NOTHING as span:
            response = await self._admitted(request, viewer, read_only=read_only)
            if self._is_traced:
                end_operation(span, response.operation, response.operation_name, response.codes)
        # names that anyone may choose would exhaust those that are counted
        name, errors = response.operation_name if viewer else None, response.codes if "errors" in response.body else ()
        self._metrics.answered(name or UNNAMED, errors, response.user_errors, perf_counter() - started)
        return response

    def sample(self) -> Sample:
        """Return the sizes and the misses of the caches, and the operations that wait or were refused."""
        found = sample_of((self._documents, self._anonymous_documents), self._statements)
        levels = {**found.levels, "operations_waiting": self._shedder.waiting}
        return Sample(levels, {**found.totals, "operations_shed": self._shedder.refused})

    async def _admitted(self, request: GraphQLRequest, viewer: Viewer | None, *, read_only: bool) -> GraphQLResponse:
        """Return the response to a request, for which no work is done before the pool has room."""
        try:
            async with self._shedder:
                return await self._execute(request, viewer, read_only=read_only)
        except Overloaded as error:
            return not_executed(client_error(error))

    async def _execute(self, request: GraphQLRequest, viewer: Viewer | None, *, read_only: bool) -> GraphQLResponse:
        try:
            documents = self._anonymous_documents if viewer is None else self._documents
            admitted = await admit(
                request, documents, self._persisted, viewer, self._api.public, self._options, read_only=read_only
            )
            divided = None if admitted.document.deferral is None else divide(admitted, request, self)
            await charge(admitted, request, viewer, self.rates)
        except REFUSALS as error:
            return refused(error, request, self.rates.bucket(request, viewer))
        if admitted.operation.operation is OperationType.SUBSCRIPTION:
            return await self._subscribe(admitted, request, viewer)
        if divided is not None and not admitted.is_dry_run:
            return await self._answer_in_parts(admitted, divided, request, viewer)
        return await self._answer(admitted, request, viewer)

    async def _answer_in_parts(
        self, admitted: AdmittedOperation, divided: DividedOperation, request: GraphQLRequest, viewer: Viewer | None
    ) -> GraphQLResponse:
        """Return the first part of a response, with a stream of all parts if there are more."""
        self._metrics.cost += admitted.cost.requested
        if viewer is not None and self._access is not None:
            viewer = self._access.current(viewer)
        try:
            response = await IncrementalResponse(self, divided, request, viewer).begin()
        except TimeoutError:
            response = failed(admitted, request_error(OperationTimeout()))
        except ResponseTooLarge as error:
            response = failed(admitted, request_error(error))
        response.rate = admitted.bucket
        return response if response.parts is not None else await self._encode(response, admitted, Commits())

    async def _answer(
        self, admitted: AdmittedOperation, request: GraphQLRequest, viewer: Viewer | None
    ) -> GraphQLResponse:
        commits = Commits()
        self._metrics.cost += admitted.cost.requested
        if viewer is not None and self._access is not None:
            viewer = self._access.current(viewer)
        try:
            response = await self._bounded(admitted, request, viewer, commits)
            finish(admitted, response, reports_cost=request.reports_cost or self._options.report_cost)
            response = await self._encode(response, admitted, commits)
            return response if request.trace is None else with_trace(response, request.trace)
        except asyncio.CancelledError:
            if commits.outcomes:
                raise PartlyCommitted(partly_committed(Unavailable(), commits)) from None
            raise

    async def _subscribe(
        self, admitted: AdmittedOperation, request: GraphQLRequest, viewer: Viewer | None
    ) -> GraphQLResponse:
        """Return a response with the stream of responses to events, or with the errors of its beginning."""
        session = self.session(viewer)
        context = self.context(session, admitted, request, Commits())
        schema, hides = self._api.graphql_schema, not self._options.introspection
        try:
            async with asyncio.timeout(self._options.timeout):
                source = await open_events(schema, admitted.document.node, context, request, hide_suggestions=hides)
                denied = await denied_by(context)
        except TimeoutError:
            return failed(admitted, request_error(OperationTimeout()))
        finally:
            await session.close()
        if isinstance(source, ExecutionResult):
            return response_of(admitted, Attempt(source, False, False, "", (), denied), request.variables)
        if denied is not None:
            return not_executed(client_error(denied))
        response = executed(admitted, {})
        response.events, response.rate = self._events(source, admitted, request, viewer), admitted.bucket
        return response

    async def _events(
        self,
        source: AsyncIterable[object],
        admitted: AdmittedOperation,
        request: GraphQLRequest,
        viewer: Viewer | None,
    ) -> AsyncGenerator[GraphQLResponse]:
        """Yield the response to each event. Each has a separate session and loaders, so it is not stale."""
        try:
            async for event in source:
                bucket = await self.rates.take(request, viewer, admitted.cost.charged)
                request = traced(request, viewer, self._options)
                yield await self._answer(replace(admitted, event=event, bucket=bucket), request, viewer)
        except Exception as error:  # of the source: an answer has its errors in it
            yield not_executed(client_error(error))
        finally:
            if isinstance(source, AsyncGenerator):
                await source.aclose()

    async def _bounded(
        self, admitted: AdmittedOperation, request: GraphQLRequest, viewer: Viewer | None, commits: Commits
    ) -> GraphQLResponse:
        """Return the response within the timeout. Later, committed changes are still returned; nothing is executed."""
        try:
            async with asyncio.timeout(self._options.timeout):
                attempt = await self.run(admitted, request, viewer, commits)
                return response_of(admitted, attempt, request.variables)
        except TimeoutError:
            timeout = OperationTimeout()
        if not commits.outcomes:
            return failed(admitted, request_error(timeout))
        stop(commits, timeout)
        try:
            # resolvers written by hand may wait for something else than the database
            async with asyncio.timeout(2 * SECONDS_AFTER_STOP):
                attempt = await self.attempt(admitted, request, commits.caller, commits)
                return response_of(admitted, attempt, request.variables)
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
            return partly_committed(error, commits) if commits.outcomes else failed(admitted, request_error(error))
        return response
