"""Types whose values are the ORM's entities."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry


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

    @strawberry.field
    async def completed_by(self: Any, info: strawberry.Info) -> User | None:
        if self.completed_by_id is None:
            return None
        user: User = await info.context["loaders"].user.load((self.organization_id, self.completed_by_id))
        return user

    @strawberry.field
    async def parent(self: Any, info: strawberry.Info) -> "Task | None":
        if self.parent_id is None:
            return None
        task: Task = await info.context["loaders"].task.load((self.organization_id, self.parent_id))
        return task

    @strawberry.field
    async def headline(self) -> str:
        return f"{self.title} ({self.status.lower()})"


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
