"""Tables of the idiomatic server, in the usual mapping."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Base of models. Times have a zone, like in the tables."""

    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012 (as SQLAlchemy wants it)


class Organization(Base):
    __tablename__ = "organizations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]


class Tenant(Base):
    """Row of an organization."""

    __abstract__ = True

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuidv7()"))


class User(Tenant):
    __tablename__ = "users"

    name: Mapped[str]
    email: Mapped[str]


class Worker(Tenant):
    __tablename__ = "workers"

    name: Mapped[str]


class Category(Tenant):
    __tablename__ = "categories"

    name: Mapped[str]


class Task(Tenant):
    __tablename__ = "tasks"

    title: Mapped[str]
    description: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="OPEN")
    priority: Mapped[int]
    due_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    assignee_id: Mapped[UUID | None]
    category_id: Mapped[UUID | None]
    creator_id: Mapped[UUID]
    completed_by_id: Mapped[UUID | None]
    parent_id: Mapped[UUID | None]


class Post(Tenant):
    __tablename__ = "posts"

    title: Mapped[str]
    author_id: Mapped[UUID]


class Comment(Tenant):
    __tablename__ = "comments"

    body: Mapped[str]
    author_id: Mapped[UUID]
    post_id: Mapped[UUID | None]
