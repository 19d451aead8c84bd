"""Toy schema without a database, its executor, and an application that serves both."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import strawberry
from graphql import ExecutionResult, GraphQLError, OperationType, execute, get_operation_ast, parse, subscribe, validate
from starlette.applications import Starlette

from graphql_app.app import create_app
from graphql_app.errors import BadRequest, Forbidden, RequestError, Unauthenticated
from graphql_app.execution.errors import document_error, field_error, not_executed, request_error
from graphql_app.execution.persisted import PersistedDocuments, TrustedDocuments
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.http.health import NotReady
from graphql_app.http.lifespan import Check, Drain, Services
from graphql_app.http.logging import log_context
from graphql_app.identity.authenticator import Authenticator
from graphql_app.identity.services import make_tokens
from graphql_app.settings import Settings
from graphql_app.viewer import Viewer

SECRET = "a secret for tests that is longer than thirty-two"
VIEWER = Viewer(UUID("01890000-0000-7000-8000-000000000001"), UUID("01890000-0000-7000-8000-000000000002"), "OWNER")


@dataclass
class Trace:
    """Record of the executed operations, which tests inspect."""

    started: int = 0
    finished: int = 0
    cancelled: int = 0
    viewers: list[Viewer | None] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    request_ids: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    running: int = 0
    most_running: int = 0
    changes: int = 0
    closed: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    announce: Callable[[], object] | None = None

    def begin(self) -> None:
        self.started += 1
        self.begun.set()
        if self.announce is not None:
            self.announce()


@strawberry.type
class Query:
    """Fields with one behavior each."""

    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"Hello, {name}!"

    @strawberry.field
    def huge(self) -> float:
        return float(2**80)

    @strawberry.field
    def large(self, info: strawberry.Info, kilobytes: int) -> str:
        trace: Trace = info.context
        trace.started += 1
        return "x" * 1000 * kilobytes

    @strawberry.field
    def surrogate(self) -> str:
        return "before \ud800 after"

    @strawberry.field
    def broken(self) -> str:
        raise RuntimeError("a secret of the implementation")

    @strawberry.field
    def missing(self) -> str | None:
        raise Forbidden("Not for you.")

    @strawberry.field
    async def slow(self, info: strawberry.Info, seconds: float = 30) -> str:
        trace: Trace = info.context
        trace.begin()
        trace.running += 1
        trace.most_running = max(trace.running, trace.most_running)
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            trace.cancelled += 1
            raise
        finally:
            trace.running -= 1
        trace.finished += 1
        return "done"


@strawberry.type
class Mutation:
    """Mutation that counts its calls."""

    @strawberry.mutation
    def change(self, info: strawberry.Info) -> int:
        trace: Trace = info.context
        trace.changes += 1
        return trace.changes


@strawberry.type
class Subscription:
    """Streams of events."""

    @strawberry.subscription
    async def count(self, info: strawberry.Info, to: int, fail_at: int = 0) -> AsyncGenerator[int]:
        for number in range(1, to + 1):
            if number == fail_at:
                raise RuntimeError("a secret of the implementation")
            yield number

    @strawberry.subscription
    async def wait(self, info: strawberry.Info) -> AsyncGenerator[str]:
        """Yield one event, and then wait until the subscription ends."""
        trace: Trace = info.context
        try:
            yield "waiting"
            trace.begin()
            await asyncio.Event().wait()
        finally:
            trace.closed += 1


SCHEMA = strawberry.Schema(Query, Mutation, Subscription)._schema


class ToyExecutor:
    """Executor of the toy schema. Operations named Crash, Private and OwnersOnly have a special behavior."""

    def __init__(self, trace: Trace, persisted: PersistedDocuments) -> None:
        self.trace = trace
        self.persisted = persisted

    async def execute(self, request: GraphQLRequest, *, viewer: Viewer | None, read_only: bool) -> GraphQLResponse:
        if request.rejected is not None:
            return not_executed(request_error(request.rejected))
        self.trace.viewers.append(viewer)
        self.trace.keys.append(request.idempotency_key)
        self.trace.addresses.append(request.client_address)
        self.trace.request_ids.append(str(log_context()["request_id"]))
        try:
            text = await self.persisted.text(request, is_anonymous=viewer is None)
        except RequestError as error:
            return not_executed(request_error(error))
        refused = self._refused(request, text, viewer)
        if refused is not None:
            return GraphQLResponse(body={"errors": [refused]}, executed=False)
        self.persisted.register(request, is_anonymous=viewer is None)
        operation = get_operation_ast(parse(text), request.operation_name)
        assert operation is not None
        if operation.operation is OperationType.SUBSCRIPTION:
            events = self._events(text, request)
            return GraphQLResponse(body={}, executed=True, operation="subscription", events=events)
        if read_only and operation.operation is OperationType.MUTATION:
            refused = request_error(BadRequest("Mutations are sent by POST."))
            return GraphQLResponse(body={"errors": [refused]}, executed=False)
        result = execute(
            SCHEMA,
            parse(text),
            context_value=self.trace,
            variable_values=request.variables,
            operation_name=request.operation_name,
        )
        finished = await result if isinstance(result, Awaitable) else result
        response = toy_response(finished)
        response.operation = operation.operation.value
        return response

    async def _events(self, text: str, request: GraphQLRequest) -> AsyncGenerator[GraphQLResponse]:
        subscribed = subscribe(SCHEMA, parse(text), context_value=self.trace, variable_values=request.variables)
        results = await subscribed if isinstance(subscribed, Awaitable) else subscribed
        assert isinstance(results, AsyncGenerator)
        async with aclosing(results):
            async for result in results:
                yield toy_response(result)

    def _refused(self, request: GraphQLRequest, text: str, viewer: Viewer | None) -> Any:
        if request.operation_name == "Crash":
            raise RuntimeError("a secret of the implementation")
        if request.operation_name == "Private" and viewer is None:
            return request_error(Unauthenticated())
        if request.operation_name == "OwnersOnly":
            return request_error(Forbidden())
        try:
            document = parse(text)
        except GraphQLError as error:
            return document_error(error, "GRAPHQL_PARSE_FAILED")
        for invalid in validate(SCHEMA, document):
            return document_error(invalid, "GRAPHQL_VALIDATION_FAILED")
        return None


def toy_response(result: ExecutionResult) -> GraphQLResponse:
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [field_error(error) for error in result.errors]
    return GraphQLResponse(body=body, executed=True)


async def database_answers() -> dict[str, Any]:
    return {}


async def database_is_gone() -> dict[str, Any]:
    raise OSError("connection to 10.0.0.1 as admin refused")


async def database_is_slow() -> dict[str, Any]:
    await asyncio.sleep(60)
    return {}


async def migrations_are_pending() -> dict[str, Any]:
    raise NotReady("2 migrations are pending.")


def toy_settings(**changes: Any) -> Settings:
    """Return settings that depend on no environment and no file."""
    defaults: dict[str, Any] = {"env": "test", "secret_key": SECRET, "playground": False, "log_level": "debug"}
    return Settings(_env_file=None, **defaults | changes)


def toy_app(
    settings: Settings,
    trace: Trace | None = None,
    checks: dict[str, Check] | None = None,
    trusted: TrustedDocuments | None = None,
) -> Starlette:
    """Return an application on the toy executor."""

    @asynccontextmanager
    async def open_services(settings: Settings) -> AsyncIterator[Services]:
        yield Services(
            settings=settings,
            executor=ToyExecutor(
                trace or Trace(), PersistedDocuments(settings.persisted_documents, trusted or TrustedDocuments())
            ),
            authenticator=Authenticator(make_tokens(settings)),
            drain=Drain(settings.drain_delay),
            checks={"database": database_answers} if checks is None else checks,
        )

    return create_app(settings, open_services)
