"""Services of a running application."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.types import Scope

from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.http.drain import Drain
from graphql_app.identity.tokens import Tokens
from graphql_app.settings import Settings
from graphql_app.viewer import Viewer

Check = Callable[[], Awaitable[Mapping[str, Any]]]
"""Readiness check. Returns details to show. Raises an exception if the check fails."""


class Executes(Protocol):
    """Interface of the executor for HTTP and WebSocket."""

    async def execute(self, request: GraphQLRequest, *, viewer: Viewer | None, read_only: bool) -> GraphQLResponse: ...


@dataclass(frozen=True, slots=True)
class Services:
    """Services of one application: opened and closed by the lifespan, passed to the endpoints."""

    settings: Settings
    executor: Executes
    tokens: Tokens
    drain: Drain
    checks: Mapping[str, Check]


OpenServices = Callable[[Settings], AbstractAsyncContextManager[Services]]


def services_of(scope: Scope) -> Services:
    """Return the services of the application that serves this request or socket."""
    services: Services = scope["app"].state.services
    return services
