"""Incremental responses: the first part, and those of `@defer` and `@stream`.

Each part is a separate operation, planned and executed like any other, in the session and the snapshot of the first
one. A task computes all parts without waiting for the client and then returns the connection: a slow client holds
memory up to the size limit of a response, but no connection.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count

import orjson
from graphql import ExecutionResult

from graphql_app.context import Commits, Context
from graphql_app.errors import OperationTimeout, RequestError
from graphql_app.execution.admission import AdmittedOperation
from graphql_app.execution.attempt import denied_by, executed, response_of
from graphql_app.execution.cost import CostLimitExceeded
from graphql_app.execution.deferral import INITIAL, DeferredFragment, Division, StreamedList
from graphql_app.execution.deliveries import (
    Delivery,
    PendingPart,
    ResponsePath,
    is_below,
    is_item,
    lists_at,
    objects_at,
    propagate,
    value_at,
)
from graphql_app.execution.documents import Document
from graphql_app.execution.encoding import encode, encode_response
from graphql_app.execution.errors import client_error, field_error, request_error, sorted_by_path
from graphql_app.execution.incremental_forms import PartsMessage, first_body, next_body
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse, JsonObject
from graphql_app.execution.runner import OperationRunner
from graphql_app.viewer import Viewer


@dataclass(slots=True)
class DividedOperation:
    """Operations of the first part and of the deferred fragments, which together may be executed."""

    division: Division[Document]
    first: AdmittedOperation
    deferred: list[AdmittedOperation] = field(default_factory=list)


def divide(admitted: AdmittedOperation, request: GraphQLRequest, runner: OperationRunner) -> DividedOperation | None:
    """Return the parts of an operation if the client accepts them; else None, for a response in one part.

    The fields that lead to a fragment are read again for it, and cost as much. If the parts together cost more than the
    limit, the response has one part. Raises BadUserInput for an invalid directive.
    """
    deferral = admitted.document.deferral
    if deferral is None or request.incremental is None or request.trace is not None or admitted.on_error == "HALT":
        return None
    division = deferral.divide(admitted.operation, request.variables)
    if division is None:
        return None
    limits = runner.options.costs
    try:
        parts = [
            replace(admitted, document=document, operation=node, cost=document.cost(node, request.variables, limits))
            for document, node in division.operations
        ]
    except CostLimitExceeded:
        return None
    requested, objects = sum(each.cost.requested for each in parts), sum(each.cost.objects for each in parts)
    if requested > limits.cost:
        return None
    admitted.cost = replace(admitted.cost, requested=requested, charged=max(1, requested), objects=objects)
    first, *deferred = parts
    return DividedOperation(division, replace(first, cost=replace(first.cost, objects=objects)), deferred)


BYTES_OF_A_FAILURE = 1_000
"""Bytes of a part that has failed, which is sent even if the response is too long."""


class IncrementalResponse:
    """Execution of a divided operation."""

    def __init__(
        self, runner: OperationRunner, divided: DividedOperation, request: GraphQLRequest, viewer: Viewer | None
    ) -> None:
        assert request.incremental is not None
        self._runner, self._divided, self._request, self._viewer = runner, divided, request, viewer
        self._form, self._division = request.incremental, divided.division
        self._ids = count()
        self._waiting: dict[int, list[PendingPart]] = {}
        """Announced parts by the index of their fragment."""
        self._cut: list[Delivery] = []
        """Items of streamed lists of the part that was computed last."""
        self._announced: list[PendingPart] = []
        self._announced_later: list[PendingPart] = []
        """Parts within these items."""
        self._sending: Sequence[Delivery] = ()
        self._left = runner.options.costs.response_bytes
        self._messages = asyncio.Queue[GraphQLResponse | None]()

    async def begin(self) -> GraphQLResponse:
        """Return the first part, with the stream of all parts if there are more."""
        timeout, first = self._runner.options.timeout, self._divided.first
        self._deadline = asyncio.get_running_loop().time() + timeout
        context: Context | None = None
        try:
            async with asyncio.timeout_at(self._deadline):
                attempt = await self._runner.run(first, self._request, self._viewer, Commits(), keeps_session=True)
                context = attempt.context
            response = response_of(first, attempt, self._request.variables)
            if context is None or not response.executed or response.body["data"] is None:
                return response
            response.body["data"] = self._own(response.body["data"])
            self._take(INITIAL, response.body["data"], response.body.get("errors", []), [()])
            if not response.body.get("errors", True):
                del response.body["errors"]
            if not self._has_next:
                return response
            body = first_body(self._form, response.body, self._announced)
            encoded = await encode_response(body, first.cost.objects, self._runner.pacer, self._left)
            self._left -= len(encoded)
            # begun here, so that it also ends if the parts are never read
            computing = asyncio.create_task(self._compute(context))
            # a task that is cancelled before its first step runs no code of its own
            computing.add_done_callback(partial(self._release, context))
            response.parts = self._parts(replace(response, body=body, encoded=encoded), computing)
            response.form = self._form
            context = None  # the task's end closes it
            return response
        finally:
            if context is not None:
                self._runner.release(context)

    def _release(self, context: Context, _: asyncio.Task[None]) -> None:
        self._runner.release(context)

    @property
    def _has_next(self) -> bool:
        return bool(self._cut) or any(self._waiting.values())

    def _own(self, data: JsonObject) -> JsonObject:
        """Return data whose lists may be cut: a plan shares the object of a record between those that refer to it."""
        copied: JsonObject = orjson.loads(encode(data)) if self._division.streamed else data
        return copied

    def _take(self, part: int, data: JsonObject, errors: list[JsonObject], delivered: Sequence[ResponsePath]) -> None:
        """Find the parts within a computed one: collect its markers, and cut the items of its streamed lists."""
        self._announced, self._cut = [], []
        inner: list[PendingPart] = []
        for fragment in self._division.deferred:
            if fragment.parent == part:
                self._waiting[fragment.index] = list(self._marked(fragment, data, delivered))
                inner += self._waiting[fragment.index]
        for wanted in self._division.streamed:
            if wanted.parent == part:
                self._cut_lists(wanted, data, errors, delivered)
        self._announced_later = [each for each in inner if self._is_cut(each)]
        self._announced += [each for each in inner if not self._is_cut(each)]

    def _cut_lists(
        self, wanted: StreamedList, data: JsonObject, errors: list[JsonObject], delivered: Sequence[ResponsePath]
    ) -> None:
        """Cut the items after the first ones from lists, with their errors."""
        kept = wanted.count
        for path, items in lists_at(data, wanted.keys):
            is_delivered = any(is_below(path, each) for each in delivered)
            if len(items) <= kept or not is_delivered or any(is_below(path, each.pending.path) for each in self._cut):
                continue
            pending = PendingPart(str(next(self._ids)), path, wanted.label)
            moved = [each for each in errors if is_item(each.get("path", ()), path, kept)]
            errors[:] = [each for each in errors if each not in moved]
            self._announced.append(pending)
            self._cut.append(Delivery(pending, items=items[kept:], first=kept, errors=moved))
            del items[kept:]

    def _is_cut(self, pending: PendingPart) -> bool:
        """Return True if a part belongs to an item that is sent later than its list."""
        return any(is_item(pending.path, each.pending.path, each.first) for each in self._cut)

    def _marked(
        self, fragment: DeferredFragment[Document], data: JsonObject, delivered: Sequence[ResponsePath]
    ) -> Iterator[PendingPart]:
        """Yield a part for each object with the marker of a fragment, and remove the markers."""
        objects = [each for each in objects_at(data, fragment.keys) if fragment.marker in each[1]]
        for _, found in objects:  # records to which several others refer are one object
            found.pop(fragment.marker, None)
        for path, _ in objects:
            if any(is_below(path, each) for each in delivered):
                yield PendingPart(str(next(self._ids)), path, fragment.label)

    async def _parts(self, first: GraphQLResponse, computing: asyncio.Task[None]) -> AsyncGenerator[GraphQLResponse]:
        """Yield the messages. The task that computes them is cancelled if the client leaves."""
        try:
            yield first
            while (message := await self._messages.get()) is not None:
                yield message
        finally:
            computing.cancel()
            await asyncio.wait([computing])

    async def _compute(self, context: Context) -> None:
        """Put all further messages into the queue."""
        context.on_error = "NULL"  # errors propagate up to the fragment, not beyond it
        try:
            async with asyncio.timeout_at(self._deadline):
                await self._compute_all(context)
        except TimeoutError:
            await self._fail(OperationTimeout())
        except Exception as error:
            await self._fail(error)
        finally:
            self._messages.put_nowait(None)

    async def _compute_all(self, context: Context) -> None:
        await self._send_cut()
        for fragment, admitted in zip(self._division.deferred, self._divided.deferred, strict=True):
            waiting = self._waiting.get(fragment.index, [])
            if waiting:
                result = await self._runner.resolve(admitted, self._request, context)
                denied = await denied_by(context)
                if denied is not None:
                    raise denied
                deliveries = self._delivered(fragment, admitted, result, waiting)
                self._waiting[fragment.index] = []
                await self._send(deliveries)
                await self._send_cut()

    def _delivered(
        self,
        fragment: DeferredFragment[Document],
        admitted: AdmittedOperation,
        result: ExecutionResult,
        waiting: Iterable[PendingPart],
    ) -> list[Delivery]:
        """Return the data of a fragment for each of its objects."""
        errors = sorted_by_path([field_error(each) for each in admitted.located(result.errors or [])])
        data = {} if result.data is None else self._own(result.data)
        deliveries = []
        for each in waiting:
            own = [error for error in errors if is_below(error.get("path", ()), each.path)]
            found = value_at(data, each.path)
            propagates = self._request.on_error != "NULL"
            schema = self._runner.api.graphql_schema
            if found is None or (propagates and not propagate(schema, fragment.operation, data, each.path, own)):
                found, own = None, own or errors[:1]
            deliveries.append(Delivery(each, found, errors=own))
        complete = [one for one in deliveries if one.data is not None]
        every = [error for one in complete for error in one.errors]
        self._take(fragment.index, data, every, [one.pending.path for one in complete])
        for one in complete:
            one.errors = [error for error in one.errors if error in every]
        return deliveries

    async def _send_cut(self) -> None:
        cut, self._cut = self._cut, []
        if cut:
            self._announced, self._announced_later = self._announced_later, []
            await self._send(cut)

    async def _send(self, deliveries: Sequence[Delivery]) -> None:
        self._sending = deliveries
        message = PartsMessage(deliveries, self._announced, self._has_next)
        body = next_body(self._form, message)
        objects = self._divided.first.cost.objects
        encoded = await encode_response(body, objects, self._runner.pacer, max(0, self._left))
        self._left -= len(encoded)
        response = executed(self._divided.first, body)
        response.encoded = encoded
        self._messages.put_nowait(response)
        self._sending = ()

    async def _fail(self, error: Exception) -> None:
        """Complete all announced parts with an error."""
        described = request_error(error) if isinstance(error, RequestError) else client_error(error)
        waiting = [each.pending for each in (*self._sending, *self._cut)]
        waiting += [each for found in self._waiting.values() for each in found]
        self._cut, self._waiting, self._announced = [], {}, []
        self._left = max(self._left, BYTES_OF_A_FAILURE * (1 + len(waiting)))
        await self._send([Delivery(each, errors=[described]) for each in waiting])
