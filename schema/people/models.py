"""Organizations, the users who log in to them, and the workers who do their work."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from graphql_app.database.base import Base, RootBase, TenantBase, Timestamped, Versioned
from graphql_app.database.columns import Choice, choice, length, page_index
from graphql_app.database.relations import related, tenant_key
from schema.money import currency_code

if TYPE_CHECKING:
    from schema.billing.models import Order, OrderLine, Payment
    from schema.ledger.models import Account, Entry, Transfer
    from schema.talk.models import Comment, Post
    from schema.work.models import Category, Label, Task

EMAIL = r"'^[^@\s]+@[^@\s]+$'"


class UserRole(Choice):
    """What a user may do in the organization."""

    OWNER = "OWNER", "May do everything, and manages the organization itself."
    MANAGER = "MANAGER", "Manages people, work and money."
    MEMBER = "MEMBER", "Does the work, and sees neither rates nor money."


class Organization(Versioned, RootBase):
    """A business and everything that belongs to it. Nothing is ever shared between two organizations."""

    __tablename__ = "organizations"
    __table_args__ = (length("name", 200), currency_code())

    name: Mapped[str] = mapped_column(comment="What it is called: 1 to 200 characters.")
    currency: Mapped[str] = mapped_column(comment="The currency of its hourly rates, by its ISO 4217 code.")

    users: Mapped[list["User"]] = related(back_populates="organization", doc="The users who can log in to it.")
    workers: Mapped[list["Worker"]] = related(back_populates="organization", doc="The workers who do its work.")
    categories: Mapped[list["Category"]] = related(back_populates="organization", doc="The kinds of work it does.")
    labels: Mapped[list["Label"]] = related(back_populates="organization", doc="The labels its tasks can carry.")
    tasks: Mapped[list["Task"]] = related(back_populates="organization", doc="All its tasks, subtasks included.")
    posts: Mapped[list["Post"]] = related(back_populates="organization", doc="Its posts, drafts included.")
    comments: Mapped[list["Comment"]] = related(
        back_populates="organization", doc="Every comment on one of its posts or tasks."
    )
    accounts: Mapped[list["Account"]] = related(
        back_populates="organization", doc="Its accounts: its own, its customers' and those that stand for the outside."
    )
    transfers: Mapped[list["Transfer"]] = related(
        back_populates="organization", doc="Every movement of money between its accounts."
    )
    entries: Mapped[list["Entry"]] = related(
        back_populates="organization", doc="Its ledger. Per currency, the sum of all entries is zero."
    )
    orders: Mapped[list["Order"]] = related(back_populates="organization", doc="The orders of its customers.")
    order_lines: Mapped[list["OrderLine"]] = related(back_populates="organization", doc="The lines of all its orders.")
    payments: Mapped[list["Payment"]] = related(back_populates="organization", doc="The payments for its orders.")


class User(Versioned, TenantBase):
    """Somebody who can log in to the organization. Users are deactivated rather than deleted."""

    __tablename__ = "users"
    __table_args__ = (
        length("name", 200),
        length("email", 254, least=3),
        CheckConstraint(f"email ~ {EMAIL}", name="email_format"),
        page_index("name"),
    )

    name: Mapped[str] = mapped_column(comment="What the user is called: 1 to 200 characters.")
    email: Mapped[str] = mapped_column(
        comment="The e-mail address, as the user writes it. Unique in the organization, whatever the letters' case."
    )
    role: Mapped[UserRole] = mapped_column(
        choice(UserRole, "role"), default=UserRole.MEMBER, comment="What the user may do."
    )
    deactivated_at: Mapped[datetime | None] = mapped_column(
        comment="When the user lost access; null for a user who can log in."
    )

    organization: Mapped["Organization"] = related(
        back_populates="users", doc="The organization that the user belongs to."
    )
    worker: Mapped["Worker | None"] = related(
        back_populates="user", doc="The worker that this user is, if the user also does work."
    )
    created_tasks: Mapped[list["Task"]] = related(
        back_populates="creator",
        foreign_keys="[Task.organization_id, Task.creator_id]",
        doc="The tasks the user created.",
    )
    completed_tasks: Mapped[list["Task"]] = related(
        back_populates="completed_by",
        foreign_keys="[Task.organization_id, Task.completed_by_id]",
        doc="The tasks the user declared done.",
    )
    posts: Mapped[list["Post"]] = related(back_populates="author", doc="The posts the user wrote.")
    comments: Mapped[list["Comment"]] = related(back_populates="author", doc="The comments the user wrote.")
    created_transfers: Mapped[list["Transfer"]] = related(
        back_populates="created_by", doc="The transfers the user ordered."
    )
    created_orders: Mapped[list["Order"]] = related(back_populates="created_by", doc="The orders the user drafted.")
    created_payments: Mapped[list["Payment"]] = related(
        back_populates="created_by", doc="The payments the user started."
    )


Index("uq_users_organization_id_email", User.organization_id, func.lower(User.email), unique=True)


class Worker(Versioned, TenantBase):
    """Somebody whom tasks are assigned to, whether or not they log in. Workers are deactivated rather than deleted."""

    __tablename__ = "workers"
    __table_args__ = (
        tenant_key("user_id", "users"),
        UniqueConstraint("organization_id", "user_id"),
        length("name", 200),
        CheckConstraint("hourly_rate >= 0", name="hourly_rate"),
        page_index("name"),
    )

    user_id: Mapped[UUID | None] = mapped_column(comment="The id of the user who this worker is, if they log in.")
    name: Mapped[str] = mapped_column(comment="What the worker is called: 1 to 200 characters.")
    hourly_rate: Mapped[Decimal] = mapped_column(
        comment="What an hour of the worker's time costs, in the organization's currency."
    )
    deactivated_at: Mapped[datetime | None] = mapped_column(
        comment="Since when the worker takes no more tasks; null for an active worker."
    )

    organization: Mapped["Organization"] = related(
        back_populates="workers", doc="The organization that the worker belongs to."
    )
    user: Mapped["User | None"] = related(
        back_populates="worker", doc="The user who this worker logs in as; null for a worker who does not log in."
    )
    tasks: Mapped[list["Task"]] = related(back_populates="assignee", doc="The tasks assigned to the worker.")


class Login(Timestamped, Base):
    """An address that opens the door to one organization. Not part of the API, and the only table outside tenancy.

    Whoever logs in has no organization yet, so the address is unique over all of them and row-level security lets
    only ``workline_system`` see a row. The application asks ``find_login(email)``. No relationship leads here.
    """

    __tablename__ = "logins"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id", "user_id"], ["users.organization_id", "users.id"], ondelete="CASCADE"),
        UniqueConstraint("organization_id", "user_id"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        length("email", 254, least=3),
    )

    email: Mapped[str] = mapped_column(primary_key=True, comment="The address typed at log-in, in lower case.")
    organization_id: Mapped[UUID] = mapped_column(comment="The organization that the address logs in to.")
    user_id: Mapped[UUID] = mapped_column(comment="The user that the address logs in as. One address per user.")
    password_hash: Mapped[str] = mapped_column(comment="The password's Argon2 hash, with its parameters.")
