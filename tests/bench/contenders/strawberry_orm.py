"""Strawberry as most people write it: ORM entities, one session and one DataLoader per relation in each request.

With the caches for parsed and validated documents that Strawberry has. It connects as a superuser: no token, no
row-level security.
"""

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from aiodataloader import DataLoader
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import aliased
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache

from tests.bench.contenders import models as m

type Load = Callable[[list[Any]], Coroutine[Any, Any, list[Any]]]

engine = create_async_engine(
    f"postgresql+asyncpg://{os.environ['PGUSER']}@/{os.environ['PGDATABASE']}?host={os.environ['PGHOST']}",
    pool_size=10,
    max_overflow=0,
)
new_session = async_sessionmaker(engine, expire_on_commit=False)


class Loaders:
    """The DataLoaders of one request. The lock is what a session needs that several loaders share."""

    def __init__(self, session: AsyncSession, lock: asyncio.Lock) -> None:
        self._session, self._lock = session, lock
        self.organization: DataLoader[Any, Any] = DataLoader(self._by_id(m.Organization))
        self.user: DataLoader[Any, Any] = DataLoader(self._by_id(m.User))
        self.worker: DataLoader[Any, Any] = DataLoader(self._by_id(m.Worker))
        self.category: DataLoader[Any, Any] = DataLoader(self._by_id(m.Category))
        self.posts: DataLoader[Any, Any] = DataLoader(self._first_of(m.Post, m.Post.author_id))
        self.comments: DataLoader[Any, Any] = DataLoader(self._first_of(m.Comment, m.Comment.post_id))

    def _by_id(self, model: Any) -> Load:
        async def load(keys: list[Any]) -> list[Any]:
            # of a tenant's row the key is (organization, id)
            ids = [key[1] for key in keys]
            statement = select(model).where(model.id.in_(ids))
            if model is not m.Organization:
                statement = statement.where(model.organization_id == keys[0][0])
            async with self._lock:
                rows = (await self._session.scalars(statement)).all()
            found = {row.id: row for row in rows}
            return [found.get(id) for id in ids]

        return load

    def _first_of(self, model: Any, parent: Any) -> Load:
        async def load(keys: list[Any]) -> list[Any]:
            tenant, _, first = keys[0]
            number = func.row_number().over(partition_by=parent, order_by=model.id).label("number")
            chosen = (
                select(model, number)
                .where(model.organization_id == tenant, parent.in_([key[1] for key in keys]))
                .subquery()
            )
            entity = aliased(model, chosen)
            statement = select(entity).where(chosen.c.number <= first).order_by(chosen.c.id)
            async with self._lock:
                rows = (await self._session.scalars(statement)).all()
            groups: dict[Any, list[Any]] = defaultdict(list)
            for row in rows:
                groups[getattr(row, parent.key)].append(row)
            return [groups[key[1]] for key in keys]

        return load


@strawberry.type
class Organization:
    id: UUID
    name: str


@strawberry.type
class Worker:
    id: UUID
    name: str


@strawberry.type
class Category:
    id: UUID
    name: str


@strawberry.type
class Comment:
    id: UUID
    body: str

    @strawberry.field
    async def author(self: Any, info: strawberry.Info) -> "User":
        user: User = await info.context["loaders"].user.load((self.organization_id, self.author_id))
        return user


@strawberry.type
class Comments:
    nodes: list[Comment]


@strawberry.type
class Post:
    id: UUID
    title: str

    @strawberry.field
    async def comments(self: Any, info: strawberry.Info, first: int) -> Comments:
        return Comments(nodes=await info.context["loaders"].comments.load((self.organization_id, self.id, first)))


@strawberry.type
class Posts:
    nodes: list[Post]


@strawberry.type
class User:
    id: UUID
    name: str

    @strawberry.field
    async def organization(self: Any, info: strawberry.Info) -> Organization:
        found: Organization = await info.context["loaders"].organization.load((None, self.organization_id))
        return found

    @strawberry.field
    async def posts(self: Any, info: strawberry.Info, first: int) -> Posts:
        return Posts(nodes=await info.context["loaders"].posts.load((self.organization_id, self.id, first)))


@strawberry.type
class Users:
    nodes: list[User]


@strawberry.type
class Task:
    id: UUID
    title: str
    description: str | None
    status: str
    priority: int
    due_at: datetime | None
    completed_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @strawberry.field
    async def assignee(self: Any, info: strawberry.Info) -> Worker | None:
        if self.assignee_id is None:
            return None
        worker: Worker = await info.context["loaders"].worker.load((self.organization_id, self.assignee_id))
        return worker

    @strawberry.field
    async def category(self: Any, info: strawberry.Info) -> Category | None:
        if self.category_id is None:
            return None
        category: Category = await info.context["loaders"].category.load((self.organization_id, self.category_id))
        return category

    @strawberry.field
    async def creator(self: Any, info: strawberry.Info) -> User:
        user: User = await info.context["loaders"].user.load((self.organization_id, self.creator_id))
        return user


@strawberry.type
class Tasks:
    nodes: list[Task]


@strawberry.input
class CreateTaskInput:
    organization_id: UUID
    creator_id: UUID
    title: str
    description: str | None
    priority: int
    assignee_id: UUID | None
    category_id: UUID | None


@strawberry.type
class CreateTaskPayload:
    task: Task


@strawberry.type
class Query:
    @strawberry.field
    async def task(self, info: strawberry.Info, organization_id: UUID, id: UUID) -> Task | None:
        async with info.context["lock"]:
            found: Task | None = await info.context["session"].get(m.Task, (organization_id, id))
            return found

    @strawberry.field
    async def tasks(self, info: strawberry.Info, organization_id: UUID, first: int) -> Tasks:
        newest = select(m.Task).where(m.Task.organization_id == organization_id)
        newest = newest.order_by(m.Task.created_at.desc(), m.Task.id.desc()).limit(first)
        async with info.context["lock"]:
            return Tasks(nodes=(await info.context["session"].scalars(newest)).all())

    @strawberry.field
    async def users(self, info: strawberry.Info, organization_id: UUID, first: int) -> Users:
        ordered = select(m.User).where(m.User.organization_id == organization_id).order_by(m.User.id).limit(first)
        async with info.context["lock"]:
            return Users(nodes=(await info.context["session"].scalars(ordered)).all())


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def create_task(self, info: strawberry.Info, input: CreateTaskInput) -> CreateTaskPayload:
        task: Any = m.Task(**vars(input))
        async with info.context["lock"]:
            info.context["session"].add(task)
            await info.context["session"].commit()
        return CreateTaskPayload(task=task)


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
