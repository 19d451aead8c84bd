"""Clients of the toy application."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs

from graphql_app.execution.persisted import TrustedDocuments
from graphql_app.http.lifespan import Check
from graphql_app.http.logging import merge_log_context
from graphql_app.identity.services import make_tokens
from graphql_app.identity.tokens import Tokens
from graphql_app.settings import Settings
from tests.http.toy import VIEWER, Trace, toy_app, toy_settings

Serve = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
def settings() -> Settings:
    return toy_settings()


@pytest.fixture
def tokens(settings: Settings) -> Tokens:
    return make_tokens(settings)


@pytest.fixture
def bearer(tokens: Tokens) -> dict[str, str]:
    """Return the header of a logged-in user."""
    return {"authorization": f"Bearer {tokens.issue(VIEWER).text}"}


@pytest.fixture
def trace() -> Trace:
    return Trace()


@pytest.fixture
async def app(settings: Settings, trace: Trace) -> AsyncIterator[Starlette]:
    app = toy_app(settings, trace)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server") as client:
        yield client


@pytest.fixture
async def serve(trace: Trace) -> AsyncIterator[Serve]:
    """Return a factory of clients for other settings or checks, such as ``playground=True``."""
    async with AsyncExitStack() as stack:

        async def start(
            checks: dict[str, Check] | None = None, trusted: TrustedDocuments | None = None, **changes: Any
        ) -> httpx.AsyncClient:
            app = toy_app(toy_settings(**changes), trace, checks, trusted)
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = httpx.ASGITransport(app)
            return await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://server"))

        yield start


@pytest.fixture
def lines() -> Iterator[list[MutableMapping[str, Any]]]:
    """Capture the events that are logged through structlog."""
    with capture_logs() as captured:
        yield captured


@pytest.fixture
def bound() -> Iterator[list[MutableMapping[str, Any]]]:
    """Capture the same events, including the log context."""
    with capture_logs([merge_log_context]) as captured:
        yield captured
