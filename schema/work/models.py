"""Models of tasks, the categories that sort them and the labels that mark them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from graphql_app.identity.models import Organization, User
from graphql_app.models.access import TableAccess
from graphql_app.models.base import Base, TenantBase, Timestamped, Versioned
from graphql_app.models.columns import Choice, choice, length, page_index
from graphql_app.models.relationships import back, related, tenant_key
from graphql_app.sql.row_rules import Condition, RuleViewer, changeable
from schema.billing.models import Order
from schema.people.models import Worker
from schema.rights import is_manager


class TaskStatus(Choice):
    """Progress of a task."""

    OPEN = "OPEN", "Work has not started."
    IN_PROGRESS = "IN_PROGRESS", "Work is in progress."
    DONE = "DONE", "Completed."
    CANCELLED = "CANCELLED", "Cancelled."


FINISHED = (TaskStatus.DONE, TaskStatus.CANCELLED)
"""Statuses of tasks whose work has ended."""


class Category(Versioned, TenantBase):
    """Category of tasks. A task has at most one category."""

    __tablename__ = "categories"
    __table_args__ = (
        UniqueConstraint("organization_id", "name"),
        length("name", 100, one_line=True),
        length("description", 2000, least=0),
    )

    name: Mapped[str] = mapped_column(comment="Name, 1-100 characters, unique in the organization.")
    description: Mapped[str | None] = mapped_column(comment="Description of the category, up to 2,000 characters.")

    organization: Mapped[Organization] = related(
        backref=back("categories", doc="Categories of the organization."), doc="Organization of the category."
    )
    tasks: Mapped[list["Task"]] = related(
        back_populates="category", doc="Tasks of the category. They are kept, without a category, when it is deleted."
    )


class Label(Versioned, TenantBase):
    """Label of tasks. A task can have any number of labels."""

    __tablename__ = "labels"
    __table_args__ = (
        UniqueConstraint("organization_id", "name"),
        length("name", 50, one_line=True),
        CheckConstraint("color ~ '^#[0-9a-f]{6}$'", name="color"),
    )

    name: Mapped[str] = mapped_column(comment="Name, 1-50 characters, unique in the organization.")
    color: Mapped[str] = mapped_column(comment="Display color: `#` and six lower-case hexadecimal digits.")

    organization: Mapped[Organization] = related(
        backref=back("labels", doc="Labels of the organization."), doc="Organization of the label."
    )
    tasks: Mapped[list["Task"]] = related(
        secondary="task_labels",
        back_populates="labels",
        doc="Tasks with the label. They are kept, without the label, when it is deleted.",
    )


class Task(Versioned, TenantBase):
    """Unit of work that is assigned to at most one worker."""

    __tablename__ = "tasks"
    __table_args__ = (
        tenant_key("category_id", "categories"),
        tenant_key("assignee_id", "workers"),
        tenant_key("creator_id", "users"),
        tenant_key("completed_by_id", "users"),
        tenant_key("parent_id", "tasks", ondelete="CASCADE"),
        tenant_key("order_id", "orders"),
        length("title", 200, one_line=True),
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

    category_id: Mapped[UUID | None] = mapped_column(comment="ID of the category; null if the task has none.")
    assignee_id: Mapped[UUID | None] = mapped_column(
        comment="ID of the worker to whom the task is assigned; null if unassigned."
    )
    creator_id: Mapped[UUID] = mapped_column(comment="ID of the user who created the task.")
    completed_by_id: Mapped[UUID | None] = mapped_column(
        comment="ID of the user who completed the task; null if it is not completed."
    )
    parent_id: Mapped[UUID | None] = mapped_column(comment="ID of the parent task; null for a top-level task.")
    order_id: Mapped[UUID | None] = mapped_column(
        comment="ID of the order that the task fulfils; null if it belongs to no order."
    )
    title: Mapped[str] = mapped_column(comment="Title of the task, 1-200 characters.")
    description: Mapped[str | None] = mapped_column(comment="Description of the task, up to 10,000 characters.")
    status: Mapped[TaskStatus] = mapped_column(
        choice(TaskStatus, "status"), default=TaskStatus.OPEN, comment="Status of the task."
    )
    # a number, not an enum: priorities are ordered and compared, and the names of an enum would sort by the alphabet
    priority: Mapped[int] = mapped_column(SmallInteger, default=3, comment="Priority from 1 (lowest) to 5 (highest).")
    due_at: Mapped[datetime | None] = mapped_column(comment="Due date and time; null if there is none.")
    completed_at: Mapped[datetime | None] = mapped_column(comment="Time of completion; null if the task is not done.")
    processed_at: Mapped[datetime | None] = mapped_column(
        comment="Time at which the work that follows the completion was finished; null until then."
    )

    organization: Mapped[Organization] = related(
        backref=back("tasks", doc="Tasks of the organization, subtasks included."), doc="Organization of the task."
    )
    category: Mapped["Category | None"] = related(
        back_populates="tasks", doc="Category of the task; null if there is none or it was deleted."
    )
    assignee: Mapped[Worker | None] = related(
        backref=back("tasks", doc="Tasks assigned to the worker. They stay assigned after a deactivation."),
        doc="Worker to whom the task is assigned; null if unassigned.",
    )
    creator: Mapped[User] = related(
        backref=back("created_tasks", doc="Tasks that the user created."),
        foreign_keys="[Task.organization_id, Task.creator_id]",
        doc="User who created the task.",
    )
    completed_by: Mapped[User | None] = related(
        backref=back("completed_tasks", doc="Tasks that the user completed."),
        foreign_keys="[Task.organization_id, Task.completed_by_id]",
        doc="User who completed the task; null if it is not completed.",
    )
    parent: Mapped["Task | None"] = related(
        back_populates="subtasks",
        remote_side="[Task.organization_id, Task.id]",
        doc="Parent task; null for a top-level task. Deleting the parent deletes its subtasks.",
    )
    subtasks: Mapped[list["Task"]] = related(
        back_populates="parent", doc="Subtasks of the task. They are deleted together with it."
    )
    order: Mapped[Order | None] = related(
        backref=back("tasks", doc="Tasks that fulfil the order. An order with tasks cannot be deleted."),
        doc="Order that the task fulfils; null if it belongs to no order.",
    )
    labels: Mapped[list["Label"]] = related(
        secondary="task_labels",
        back_populates="tasks",
        doc="Labels of the task. A deleted label is removed from the task.",
    )


class TaskLabel(Timestamped, Base):
    """Label on a task: the link of ``Task.labels`` and ``Label.tasks``. It is deleted together with either end."""

    __tablename__ = "task_labels"
    __access__ = TableAccess("SELECT, INSERT, DELETE")
    __table_args__ = (
        tenant_key("task_id", "tasks", ondelete="CASCADE"),
        tenant_key("label_id", "labels", ondelete="CASCADE"),
        Index(None, "organization_id", "label_id", "task_id"),
    )

    organization_id: Mapped[UUID] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"),
        primary_key=True,
        comment="ID of the organization.",
    )
    task_id: Mapped[UUID] = mapped_column(primary_key=True, comment="ID of the task that has the label.")
    label_id: Mapped[UUID] = mapped_column(primary_key=True, comment="ID of the label of the task.")


def is_creator(viewer: RuleViewer) -> Condition:
    """Return the condition on tasks that the viewer has created; managers count as creators of all tasks."""
    return is_manager(viewer) or Task.creator_id == viewer.user_id


def _is_involved(viewer: RuleViewer) -> Condition:
    own = select(Worker.id).where(Worker.organization_id == viewer.organization_id, Worker.user_id == viewer.user_id)
    return is_manager(viewer) or or_(Task.creator_id == viewer.user_id, Task.assignee_id.in_(own))


changeable(
    Task, _is_involved, "Requires role OWNER or MANAGER, unless you have created the task or it is assigned to you."
)
