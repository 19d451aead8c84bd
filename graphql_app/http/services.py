"""What an application holds while it runs."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.types import Scope

from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.http.drain import Drain
from graphql_app.identity.tokens import Tokens
from graphql_app.identity.viewer import Viewer
from graphql_app.settings import Settings

Check = Callable[[], Awaitable[Mapping[str, Any]]]
"""One question of readiness: returns details to show, raises when the answer is no."""


class Executes(Protocol):
    """What HTTP and WebSocket need of the executor."""

    async def execute(self, request: GraphQLRequest, *, viewer: Viewer | None, read_only: bool) -> GraphQLResponse: ...


@dataclass(frozen=True, slots=True)
class Services:
    """Made by the lifespan, passed to the endpoints, gone when the server stops."""

    settings: Settings
    executor: Executes
    tokens: Tokens
    drain: Drain
    checks: Mapping[str, Check]


OpenServices = Callable[[Settings], AbstractAsyncContextManager[Services]]


def services_of(scope: Scope) -> Services:
    """The services of the application that serves this request or socket."""
    services: Services = scope["app"].state.services
    return services
