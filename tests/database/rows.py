"""A row in every table, with every foreign key set somewhere, for as many organizations as a test needs."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from graphql_app.database.base import Base
from schema.billing.models import Order, OrderLine, OrderStatus, Payment, PaymentStatus
from schema.ledger.models import Account, AccountKind, Entry, Transfer
from schema.people.models import Login, Organization, User, UserRole, Worker
from schema.talk.models import Comment, Post
from schema.work.models import Category, Label, Task, TaskLabel, TaskStatus

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
PRICE = Decimal("120.50")


async def fill(session: AsyncSession, name: str) -> UUID:
    """Make an organization with rows in every table, and return its id. ``session`` acts as workline_system."""
    organization = uuid4()
    await save(session, Organization(id=organization, name=name, currency="EUR"))
    user, worker = await people(session, organization)
    customer, revenue = await accounts(session, organization)
    order = await billing(session, organization, user, customer, revenue)
    task = await work(session, organization, user, worker, order)
    await talk(session, organization, user, task)
    return organization


async def save(session: AsyncSession, *rows: Base) -> None:
    """Insert rows in the order given: the mapping knows no order, its relationships are only read."""
    for row in rows:
        session.add(row)
        await session.flush()


async def people(session: AsyncSession, organization: UUID) -> tuple[UUID, UUID]:
    """A user with a log-in, who is a worker too."""
    user, worker, email = uuid4(), uuid4(), f"{organization}@example.com"
    await save(
        session,
        User(organization_id=organization, id=user, name="Ada", email=email.upper(), role=UserRole.OWNER),
        Worker(organization_id=organization, id=worker, name="Ada", hourly_rate=Decimal(80), user_id=user),
        Login(organization_id=organization, email=email, user_id=user, password_hash="argon2"),
    )
    return user, worker


async def accounts(session: AsyncSession, organization: UUID) -> tuple[UUID, UUID]:
    """A customer's account and the organization's own, both in euro."""
    customer, revenue = uuid4(), uuid4()
    await save(
        session,
        account(organization, customer, AccountKind.CUSTOMER, balance=Decimal(500)),
        account(organization, revenue, AccountKind.OWN),
    )
    return customer, revenue


def account(organization: UUID, key: UUID, kind: AccountKind, *, balance: Decimal = Decimal(0)) -> Account:
    """An account in euro."""
    return Account(organization_id=organization, id=key, kind=kind, name=kind.value, currency="EUR", balance=balance)


async def billing(session: AsyncSession, organization: UUID, user: UUID, customer: UUID, revenue: UUID) -> UUID:
    """An order that was paid, and the payment reversed."""
    order, transfer = uuid4(), uuid4()
    await save(
        session,
        Order(
            organization_id=organization,
            id=order,
            customer_account_id=customer,
            created_by_id=user,
            number=1,
            currency="EUR",
            total=PRICE,
            status=OrderStatus.PAID,
            placed_at=NOW,
            paid_at=NOW,
        ),
        line(organization, order, position=1),
        moved(organization, transfer, customer, revenue, user),
        moved(organization, uuid4(), revenue, customer, user, reverses=transfer),
        Entry(organization_id=organization, transfer_id=transfer, account_id=customer, amount=-PRICE),
        Entry(organization_id=organization, transfer_id=transfer, account_id=revenue, amount=PRICE),
        Payment(
            organization_id=organization,
            order_id=order,
            payee_account_id=revenue,
            transfer_id=transfer,
            created_by_id=user,
            status=PaymentStatus.SETTLED,
            amount=PRICE,
            currency="EUR",
            completed_at=NOW,
        ),
    )
    return order


def line(organization: UUID, order: UUID, *, position: int) -> OrderLine:
    """One piece at the price."""
    return OrderLine(
        organization_id=organization,
        order_id=order,
        position=position,
        description="Repair",
        quantity=Decimal(1),
        unit_price=PRICE,
        amount=PRICE,
    )


def moved(
    organization: UUID, key: UUID, source: UUID, target: UUID, user: UUID, *, reverses: UUID | None = None
) -> Transfer:
    """A transfer of the price between two accounts."""
    return Transfer(
        organization_id=organization,
        id=key,
        from_account_id=source,
        to_account_id=target,
        created_by_id=user,
        reverses_id=reverses,
        amount=PRICE,
        currency="EUR",
    )


async def work(session: AsyncSession, organization: UUID, user: UUID, worker: UUID, order: UUID) -> UUID:
    """A task that is done, with a category, a label and a subtask; its id."""
    category, label, task = uuid4(), uuid4(), uuid4()
    await save(
        session,
        Category(organization_id=organization, id=category, name="Repair"),
        Label(organization_id=organization, id=label, name="urgent", color="#c0ffee"),
        Task(
            organization_id=organization,
            id=task,
            title="Mend the bicycle",
            category_id=category,
            assignee_id=worker,
            creator_id=user,
            completed_by_id=user,
            order_id=order,
            status=TaskStatus.DONE,
            completed_at=NOW,
        ),
        Task(organization_id=organization, title="Mend the tyre", creator_id=user, parent_id=task),
        TaskLabel(organization_id=organization, task_id=task, label_id=label),
    )
    return task


async def talk(session: AsyncSession, organization: UUID, user: UUID, task: UUID) -> None:
    """A post, with a comment on it and another on the task."""
    post = uuid4()
    await save(
        session,
        Post(organization_id=organization, id=post, author_id=user, title="News", body="We have moved."),
        Comment(organization_id=organization, author_id=user, post_id=post, body="Where to?"),
        Comment(organization_id=organization, author_id=user, task_id=task, body="Done."),
    )
