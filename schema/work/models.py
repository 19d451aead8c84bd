"""Models of tasks, the categories that sort them and the labels that mark them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from graphql_app.database.base import Base, TenantBase, Timestamped, Versioned
from graphql_app.database.columns import Choice, choice, length, page_index
from graphql_app.database.relations import back, related, tenant_key
from schema.billing.models import Order
from schema.people.models import Organization, User, Worker


class TaskStatus(Choice):
    """Progress of a task."""

    OPEN = "OPEN", "Work has not begun."
    IN_PROGRESS = "IN_PROGRESS", "A worker is working on it."
    DONE = "DONE", "It is completed."
    CANCELLED = "CANCELLED", "It will not be done."


FINISHED = (TaskStatus.DONE, TaskStatus.CANCELLED)
"""Statuses of tasks whose work has ended."""


class Category(Versioned, TenantBase):
    """A kind of work. A task has at most one."""

    __tablename__ = "categories"
    __table_args__ = (
        UniqueConstraint("organization_id", "name"),
        length("name", 100),
        length("description", 2000, least=0),
    )

    name: Mapped[str] = mapped_column(comment="Its name, unique in the organization: 1 to 100 characters.")
    description: Mapped[str | None] = mapped_column(comment="What belongs in it: up to 2,000 characters.")

    organization: Mapped[Organization] = related(
        backref=back("categories", doc="The kinds of work it does."), doc="The organization it belongs to."
    )
    tasks: Mapped[list["Task"]] = related(
        back_populates="category", doc="The tasks of this kind. They stay, without a category, when it is deleted."
    )


class Label(Versioned, TenantBase):
    """A mark on tasks. A task carries any number of them."""

    __tablename__ = "labels"
    __table_args__ = (
        UniqueConstraint("organization_id", "name"),
        length("name", 50),
        CheckConstraint("color ~ '^#[0-9a-f]{6}$'", name="color"),
    )

    name: Mapped[str] = mapped_column(comment="Its name, unique in the organization: 1 to 50 characters.")
    color: Mapped[str] = mapped_column(comment="The color to show it in: `#` and six lower-case hexadecimal digits.")

    organization: Mapped[Organization] = related(
        backref=back("labels", doc="The labels its tasks can carry."), doc="The organization it belongs to."
    )
    tasks: Mapped[list["Task"]] = related(
        secondary="task_labels",
        back_populates="labels",
        doc="The tasks that carry the label. They stay, without it, when it is deleted.",
    )


class Task(Versioned, TenantBase):
    """A piece of work for one worker."""

    __tablename__ = "tasks"
    __table_args__ = (
        tenant_key("category_id", "categories"),
        tenant_key("assignee_id", "workers"),
        tenant_key("creator_id", "users"),
        tenant_key("completed_by_id", "users"),
        tenant_key("parent_id", "tasks", ondelete="CASCADE"),
        tenant_key("order_id", "orders"),
        length("title", 200),
        length("description", 10_000, least=0),
        CheckConstraint("priority BETWEEN 1 AND 5", name="priority"),
        CheckConstraint("parent_id <> id", name="parent"),
        CheckConstraint("(status = 'DONE') = (completed_at IS NOT NULL)", name="completed_at"),
        CheckConstraint("completed_by_id IS NULL OR completed_at IS NOT NULL", name="completed_by"),
        CheckConstraint("processed_at IS NULL OR completed_at IS NOT NULL", name="processed_at"),
        page_index("category_id"),
        page_index("assignee_id"),
        page_index("creator_id"),
        page_index("completed_by_id"),
        page_index("parent_id"),
        page_index("order_id"),
        page_index("status"),
        page_index("due_at"),
        page_index("created_at"),
    )

    category_id: Mapped[UUID | None] = mapped_column(comment="The id of its category; null while it has none.")
    assignee_id: Mapped[UUID | None] = mapped_column(comment="The id of the worker who does it; null for nobody yet.")
    creator_id: Mapped[UUID] = mapped_column(comment="The id of the user who created it.")
    completed_by_id: Mapped[UUID | None] = mapped_column(comment="The id of the user who declared it done.")
    parent_id: Mapped[UUID | None] = mapped_column(comment="The id of the task that it is a part of.")
    order_id: Mapped[UUID | None] = mapped_column(comment="The id of the order that it helps to fulfil.")
    title: Mapped[str] = mapped_column(comment="What is to be done, in one line: 1 to 200 characters.")
    description: Mapped[str | None] = mapped_column(comment="What is to be done, at length: up to 10,000 characters.")
    status: Mapped[TaskStatus] = mapped_column(
        choice(TaskStatus, "status"), default=TaskStatus.OPEN, comment="How far it has come."
    )
    # a number, not an enum: priorities are ordered and compared, and the names of an enum would sort by the alphabet
    priority: Mapped[int] = mapped_column(
        SmallInteger, default=3, comment="How urgent it is, from 1 (whenever there is time) to 5 (at once)."
    )
    due_at: Mapped[datetime | None] = mapped_column(comment="When it has to be done by; null for no such time.")
    completed_at: Mapped[datetime | None] = mapped_column(comment="When it was done; null while it is not.")
    processed_at: Mapped[datetime | None] = mapped_column(
        comment="When everything that follows from its completion had been done; null until then."
    )

    organization: Mapped[Organization] = related(
        backref=back("tasks", doc="All its tasks, subtasks included."), doc="The organization it belongs to."
    )
    category: Mapped["Category | None"] = related(
        back_populates="tasks", doc="The kind of work it is; none any more when its category was deleted."
    )
    assignee: Mapped[Worker | None] = related(
        backref=back("tasks", doc="The tasks assigned to the worker. They stay the worker's after a deactivation."),
        doc="The worker who does it; null while it is unassigned.",
    )
    creator: Mapped[User] = related(
        backref=back("created_tasks", doc="The tasks the user created."),
        foreign_keys="[Task.organization_id, Task.creator_id]",
        doc="Who created it.",
    )
    completed_by: Mapped[User | None] = related(
        backref=back("completed_tasks", doc="The tasks the user declared done."),
        foreign_keys="[Task.organization_id, Task.completed_by_id]",
        doc="Who declared it done.",
    )
    parent: Mapped["Task | None"] = related(
        back_populates="subtasks",
        remote_side="[Task.organization_id, Task.id]",
        doc="The task that this one is a part of, and is deleted together with; null for a task of its own.",
    )
    subtasks: Mapped[list["Task"]] = related(
        back_populates="parent", doc="The tasks that are parts of this one. They are deleted together with it."
    )
    order: Mapped[Order | None] = related(
        backref=back("tasks", doc="The tasks that fulfil it. An order that has tasks cannot be deleted."),
        doc="The order that it helps to fulfil.",
    )
    labels: Mapped[list["Label"]] = related(
        secondary="task_labels",
        back_populates="tasks",
        doc="The labels that it carries. One that is deleted comes off.",
    )


class TaskLabel(Timestamped, Base):
    """Label on a task: the link of ``Task.labels`` and ``Label.tasks``. It is deleted together with either end."""

    __tablename__ = "task_labels"
    __table_args__ = (
        tenant_key("task_id", "tasks", ondelete="CASCADE"),
        tenant_key("label_id", "labels", ondelete="CASCADE"),
        Index(None, "organization_id", "label_id", "task_id"),
    )

    organization_id: Mapped[UUID] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"),
        primary_key=True,
        comment="The organization that it belongs to.",
    )
    task_id: Mapped[UUID] = mapped_column(primary_key=True, comment="The id of the task that carries the label.")
    label_id: Mapped[UUID] = mapped_column(primary_key=True, comment="The id of the label that the task carries.")
