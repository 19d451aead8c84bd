"""Root fields, and Strawberry's endpoint with a session for each request."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache

from tests.bench.contenders.strawberry_orm import models as m
from tests.bench.contenders.strawberry_orm import types as t
from tests.bench.contenders.strawberry_orm.loaders import Loaders

engine = create_async_engine(
    f"postgresql+asyncpg://{os.environ['PGUSER']}@/{os.environ['PGDATABASE']}?host={os.environ['PGHOST']}",
    pool_size=10,
    max_overflow=0,
)
new_session = async_sessionmaker(engine, expire_on_commit=False)


@strawberry.type
class Query:
    @strawberry.field
    async def task(self, info: strawberry.Info, organization_id: UUID, id: UUID) -> t.Task | None:
        async with info.context["lock"]:
            found: t.Task | None = await info.context["session"].get(m.Task, (organization_id, id))
            return found

    @strawberry.field
    async def tasks(self, info: strawberry.Info, organization_id: UUID, first: int) -> t.Tasks:
        newest = select(m.Task).where(m.Task.organization_id == organization_id)
        newest = newest.order_by(m.Task.created_at.desc(), m.Task.id.desc()).limit(first)
        async with info.context["lock"]:
            return t.Tasks(nodes=(await info.context["session"].scalars(newest)).all())

    @strawberry.field
    async def users(self, info: strawberry.Info, organization_id: UUID, first: int) -> t.Users:
        ordered = select(m.User).where(m.User.organization_id == organization_id).order_by(m.User.id).limit(first)
        async with info.context["lock"]:
            return t.Users(nodes=(await info.context["session"].scalars(ordered)).all())


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def create_task(self, info: strawberry.Info, input: t.CreateTaskInput) -> t.CreateTaskPayload:
        task: Any = m.Task(**vars(input))
        async with info.context["lock"]:
            info.context["session"].add(task)
            await info.context["session"].commit()
        return t.CreateTaskPayload(task=task)


schema = strawberry.Schema(Query, Mutation, extensions=[ParserCache, ValidationCache])


class Endpoint(GraphQL[Any, Any]):
    """Strawberry's own endpoint, with a session that lives as long as the request."""

    async def run(self, request: Any, *args: Any, **options: Any) -> Any:
        async with new_session() as session:
            request.scope["session"] = session
            return await super().run(request, *args, **options)

    async def get_context(self, request: Request | Any, response: Response | Any) -> Any:
        session, lock = request.scope["session"], asyncio.Lock()
        return {"session": session, "lock": lock, "loaders": Loaders(session, lock)}


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    yield
    await engine.dispose()


app = Starlette(routes=[Route("/graphql", Endpoint(schema, graphql_ide=None), methods=["POST"])], lifespan=lifespan)
