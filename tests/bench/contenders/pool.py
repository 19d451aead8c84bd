"""Shared parts of the hand-written handlers: a pool without a reset at each release, and the application."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

POOL = 10
type Pool = "asyncpg.Pool[asyncpg.Record]"
type Json = dict[str, Any]
Answer = Callable[[Pool, str, Json], Awaitable[bytes]]


class Connection(asyncpg.Connection):
    """Connection without a reset, because no setting outlives a transaction."""

    def get_reset_query(self) -> str:
        return ""


def application(answer: Answer) -> Starlette:
    """Return a server whose ``answer`` gets the pool, the operation's name and its variables. It parses no GraphQL."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        user = os.environ["PGUSER"]
        async with asyncpg.create_pool(min_size=POOL, max_size=POOL, user=user, connection_class=Connection) as pool:
            app.state.pool = pool
            yield

    async def graphql(request: Request) -> Response:
        body = orjson.loads(await request.body())
        text = await answer(request.app.state.pool, body["operationName"], body["variables"])
        return Response(text, media_type="application/json")

    return Starlette(routes=[Route("/graphql", graphql, methods=["POST"])], lifespan=lifespan)
