"""Models of customers' orders, their lines, and the payments for them."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from graphql_app.database.base import TenantBase, Versioned
from graphql_app.database.columns import Choice, choice, length, page_index
from graphql_app.database.relations import back, related, tenant_key
from schema.ledger.models import Account, Transfer
from schema.money import currency_code, same_currency
from schema.people.models import Organization, User


class OrderStatus(Choice):
    """Progress of an order."""

    DRAFT = "DRAFT", "It is being written: its lines can still change."
    PLACED = "PLACED", "The customer ordered it: its lines and total are fixed, its tasks are made."
    PAID = "PAID", "A payment for it was settled."
    FULFILLED = "FULFILLED", "It is paid and all its tasks are done."
    CANCELLED = "CANCELLED", "It was called off."


class PaymentStatus(Choice):
    """Progress of a payment."""

    PENDING = "PENDING", "It has begun; whether the money moved is not certain yet."
    SETTLED = "SETTLED", "The money has moved."
    REFUNDED = "REFUNDED", "The money moved, and was given back."
    FAILED = "FAILED", "No money moved."
    REFUNDING = "REFUNDING", "The money moved, and is to be given back."


class Order(Versioned, TenantBase):
    """Work that a customer orders, with its price."""

    __tablename__ = "orders"
    __table_args__ = (
        tenant_key("customer_account_id", "accounts"),
        same_currency("customer_account_id"),
        tenant_key("created_by_id", "users"),
        UniqueConstraint("organization_id", "number"),
        currency_code(),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("total >= 0", name="total"),
        CheckConstraint("status NOT IN ('PLACED', 'PAID', 'FULFILLED') OR placed_at IS NOT NULL", name="placed_at"),
        CheckConstraint("status NOT IN ('PAID', 'FULFILLED') OR paid_at IS NOT NULL", name="paid_at"),
        CheckConstraint("(status = 'FULFILLED') = (fulfilled_at IS NOT NULL)", name="fulfilled_at"),
        CheckConstraint("(status = 'CANCELLED') = (cancelled_at IS NOT NULL)", name="cancelled_at"),
        length("note", 2000),
        page_index("customer_account_id"),
        page_index("created_by_id"),
        page_index("status"),
        page_index("placed_at"),
    )

    customer_account_id: Mapped[UUID] = mapped_column(comment="The id of the account that the customer pays from.")
    created_by_id: Mapped[UUID] = mapped_column(comment="The id of the user who drafted it.")
    number: Mapped[int] = mapped_column(comment="The number people call it by: unique in the organization, counts up.")
    status: Mapped[OrderStatus] = mapped_column(
        choice(OrderStatus, "status"), default=OrderStatus.DRAFT, comment="How far it has come."
    )
    currency: Mapped[str] = mapped_column(comment="The currency of its prices and of the account (ISO 4217).")
    total: Mapped[Decimal] = mapped_column(default=Decimal(0), comment="The sum of its lines' amounts.")
    note: Mapped[str | None] = mapped_column(comment="What else is to be known about it: 1 to 2,000 characters.")
    placed_at: Mapped[datetime | None] = mapped_column(comment="When the customer placed it; null for a draft.")
    paid_at: Mapped[datetime | None] = mapped_column(comment="When it was paid; null until then.")
    fulfilled_at: Mapped[datetime | None] = mapped_column(comment="When all of it was done; null until then.")
    cancelled_at: Mapped[datetime | None] = mapped_column(comment="When it was called off, if it was.")

    organization: Mapped[Organization] = related(
        backref=back("orders", doc="The orders of its customers."), doc="The organization it belongs to."
    )
    customer_account: Mapped[Account] = related(
        backref=back(
            "orders",
            doc="The orders that are paid from it. An order is cancelled, never deleted, and keeps its account.",
        ),
        foreign_keys="[Order.organization_id, Order.customer_account_id]",
        doc="The account that the customer pays from. It may be closed, and stays.",
    )
    created_by: Mapped[User] = related(
        backref=back("created_orders", doc="The orders the user drafted. They stay, and so does the user."),
        doc="Who drafted it.",
    )
    lines: Mapped[list["OrderLine"]] = related(
        back_populates="order",
        doc="What was ordered, line by line. A draft's lines can be removed; those of a placed order stay with it.",
    )
    payments: Mapped[list["Payment"]] = related(
        back_populates="order", doc="Every attempt to pay it. Neither payments nor orders are ever deleted."
    )


class OrderLine(Versioned, TenantBase):
    """One thing that was ordered: how much of it, and at what price."""

    __tablename__ = "order_lines"
    __table_args__ = (
        tenant_key("order_id", "orders", ondelete="CASCADE"),
        UniqueConstraint("organization_id", "order_id", "position"),
        CheckConstraint("position > 0", name="position"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("unit_price >= 0", name="unit_price"),
        CheckConstraint("amount = round(quantity * unit_price, 2)", name="amount"),
        length("description", 500),
    )

    order_id: Mapped[UUID] = mapped_column(comment="The id of the order that it is a line of.")
    position: Mapped[int] = mapped_column(comment="Its place in the order, counted from 1.")
    description: Mapped[str] = mapped_column(comment="What was ordered: 1 to 500 characters.")
    quantity: Mapped[Decimal] = mapped_column(comment="How many, or how much: pieces, hours, metres.")
    unit_price: Mapped[Decimal] = mapped_column(comment="The price of one, in the order's currency.")
    amount: Mapped[Decimal] = mapped_column(comment="Quantity times unit price, rounded to cents.")

    organization: Mapped[Organization] = related(
        backref=back("order_lines", doc="The lines of all its orders."), doc="The organization it belongs to."
    )
    order: Mapped["Order"] = related(
        back_populates="lines", doc="The order that it is a line of, and stays with once it is placed."
    )


class Payment(Versioned, TenantBase):
    """An attempt to pay an order. The money itself moves with its transfer."""

    __tablename__ = "payments"
    __table_args__ = (
        tenant_key("order_id", "orders"),
        tenant_key("payee_account_id", "accounts"),
        same_currency("payee_account_id"),
        tenant_key("transfer_id", "transfers"),
        tenant_key("created_by_id", "users"),
        UniqueConstraint("organization_id", "transfer_id"),
        currency_code(),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint(
            "(status IN ('SETTLED', 'REFUNDING', 'REFUNDED')) = (transfer_id IS NOT NULL)", name="transfer"
        ),
        CheckConstraint("(status IN ('PENDING', 'REFUNDING')) = (completed_at IS NULL)", name="completed_at"),
        CheckConstraint("failure IS NULL OR status = 'FAILED'", name="failure"),
        length("failure", 500),
        page_index("order_id"),
        page_index("payee_account_id"),
        page_index("created_by_id"),
        page_index("status"),
        # an order is paid once, regardless of concurrent payments
        Index(
            "uq_payments_settled_order",
            "organization_id",
            "order_id",
            unique=True,
            postgresql_where=text("status = 'SETTLED'"),
        ),
        # the few payments that must be resumed
        Index(
            "ix_payments_unfinished",
            "organization_id",
            "updated_at",
            postgresql_where=text("status IN ('PENDING', 'REFUNDING')"),
        ),
    )

    order_id: Mapped[UUID] = mapped_column(comment="The id of the order that it is for.")
    payee_account_id: Mapped[UUID] = mapped_column(comment="The id of the account that receives the money.")
    transfer_id: Mapped[UUID | None] = mapped_column(comment="The id of the transfer that moved the money, if any did.")
    created_by_id: Mapped[UUID] = mapped_column(comment="The id of the user who started it.")
    status: Mapped[PaymentStatus] = mapped_column(
        choice(PaymentStatus, "status"), default=PaymentStatus.PENDING, comment="How far it has come."
    )
    amount: Mapped[Decimal] = mapped_column(comment="How much, always more than zero.")
    currency: Mapped[str] = mapped_column(comment="The currency of the amount and of the account (ISO 4217).")
    failure: Mapped[str | None] = mapped_column(comment="Why it failed, if it did.")
    completed_at: Mapped[datetime | None] = mapped_column(
        comment="When it was settled, refunded or failed; null while that is not certain."
    )

    organization: Mapped[Organization] = related(
        backref=back("payments", doc="The payments for its orders."), doc="The organization it belongs to."
    )
    order: Mapped["Order"] = related(back_populates="payments", doc="The order that it is for. Both stay for good.")
    payee_account: Mapped[Account] = related(
        backref=back("received_payments", doc="The payments that it receives. They stay, and so does the account."),
        foreign_keys="[Payment.organization_id, Payment.payee_account_id]",
        doc="The account that receives the money.",
    )
    transfer: Mapped[Transfer | None] = related(
        backref=back("payment", uselist=False, doc="The payment that it settled, if any."),
        doc="The transfer that moved the money, if it moved. A refund is its reversal.",
    )
    created_by: Mapped[User] = related(
        backref=back("created_payments", doc="The payments the user started. They stay, and so does the user."),
        doc="Who started it.",
    )
