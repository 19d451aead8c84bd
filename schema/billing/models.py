"""Models of customers' orders, their lines, and the payments for them."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from graphql_app.identity.models import Organization, User
from graphql_app.models.access import KEEP, TableAccess
from graphql_app.models.base import TenantBase, Versioned
from graphql_app.models.columns import Choice, choice, length, page_index
from graphql_app.models.relationships import back, related, tenant_key
from graphql_app.sql.row_rules import visible
from schema.ledger.models import Account, Transfer
from schema.money import currency_code, same_currency
from schema.rights import sees_money


class OrderStatus(Choice):
    """Progress of an order."""

    DRAFT = "DRAFT", "Draft. Its lines can still change."
    PLACED = "PLACED", "Placed by the customer. Its lines and total are final, and its tasks are created."
    PAID = "PAID", "Paid. A payment for it is settled."
    FULFILLED = "FULFILLED", "Paid, and all its tasks are done or cancelled."
    CANCELLED = "CANCELLED", "Cancelled."


class PaymentStatus(Choice):
    """Progress of a payment."""

    PENDING = "PENDING", "Started. It is not yet certain that the money has moved."
    SETTLED = "SETTLED", "The money has moved."
    REFUNDED = "REFUNDED", "The money has been refunded."
    FAILED = "FAILED", "Failed. No money has moved."
    REFUNDING = "REFUNDING", "The money has moved, and its refund is pending."


class Order(Versioned, TenantBase):
    """Order of a customer, with its lines and price."""

    __tablename__ = "orders"
    __access__ = TableAccess(KEEP)
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

    customer_account_id: Mapped[UUID] = mapped_column(comment="ID of the account from which the customer pays.")
    created_by_id: Mapped[UUID] = mapped_column(comment="ID of the user who created the order.")
    number: Mapped[int] = mapped_column(comment="Order number, ascending and unique in the organization.")
    status: Mapped[OrderStatus] = mapped_column(
        choice(OrderStatus, "status"), default=OrderStatus.DRAFT, comment="Status of the order."
    )
    currency: Mapped[str] = mapped_column(comment="Currency of the order and of its account (ISO 4217 code).")
    total: Mapped[Decimal] = mapped_column(default=Decimal(0), comment="Sum of the amounts of the lines.")
    note: Mapped[str | None] = mapped_column(comment="Note on the order, 1-2,000 characters.")
    placed_at: Mapped[datetime | None] = mapped_column(comment="Time of placement; null if it was never placed.")
    paid_at: Mapped[datetime | None] = mapped_column(comment="Time of payment; null until then.")
    fulfilled_at: Mapped[datetime | None] = mapped_column(comment="Time of fulfilment; null until then.")
    cancelled_at: Mapped[datetime | None] = mapped_column(comment="Time of cancellation; null if it is not cancelled.")

    organization: Mapped[Organization] = related(
        backref=back("orders", doc="Orders of the organization."), doc="Organization of the order."
    )
    customer_account: Mapped[Account] = related(
        backref=back(
            "orders",
            doc="Orders that are paid from the account. Orders are never deleted and keep their account.",
        ),
        foreign_keys="[Order.organization_id, Order.customer_account_id]",
        doc="Account from which the customer pays. It may be closed, but is never deleted.",
    )
    created_by: Mapped[User] = related(
        backref=back("created_orders", doc="Orders that the user created. They are kept after a deactivation."),
        doc="User who created the order.",
    )
    lines: Mapped[list["OrderLine"]] = related(
        back_populates="order",
        doc="Lines of the order. They can be removed only while the order is a draft.",
    )
    payments: Mapped[list["Payment"]] = related(
        back_populates="order", doc="Payments of the order, failed attempts included. They are never deleted."
    )


class OrderLine(Versioned, TenantBase):
    """Line of an order: an item with its quantity and price."""

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

    order_id: Mapped[UUID] = mapped_column(comment="ID of the order.")
    position: Mapped[int] = mapped_column(comment="Position in the order, starting at 1.")
    description: Mapped[str] = mapped_column(comment="Description of the item, 1-500 characters.")
    quantity: Mapped[Decimal] = mapped_column(comment="Quantity, for example of pieces, hours or meters.")
    unit_price: Mapped[Decimal] = mapped_column(comment="Price per unit, in the order's currency.")
    amount: Mapped[Decimal] = mapped_column(comment="Quantity times unit price, rounded to cents.")

    organization: Mapped[Organization] = related(
        backref=back("order_lines", doc="Lines of all orders of the organization."),
        doc="Organization of the order line.",
    )
    order: Mapped["Order"] = related(
        back_populates="lines", doc="Order of the line. A line cannot be removed once its order is placed."
    )


class Payment(Versioned, TenantBase):
    """Attempt to pay an order. The money moves with the payment's transfer."""

    __tablename__ = "payments"
    __access__ = TableAccess(KEEP)
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

    order_id: Mapped[UUID] = mapped_column(comment="ID of the order that is paid.")
    payee_account_id: Mapped[UUID] = mapped_column(comment="ID of the account that receives the money.")
    transfer_id: Mapped[UUID | None] = mapped_column(
        comment="ID of the transfer that moved the money; null if no money has moved."
    )
    created_by_id: Mapped[UUID] = mapped_column(comment="ID of the user who started the payment.")
    status: Mapped[PaymentStatus] = mapped_column(
        choice(PaymentStatus, "status"), default=PaymentStatus.PENDING, comment="Status of the payment."
    )
    amount: Mapped[Decimal] = mapped_column(comment="Amount, always greater than zero.")
    currency: Mapped[str] = mapped_column(comment="Currency of the amount and of the account (ISO 4217 code).")
    failure: Mapped[str | None] = mapped_column(comment="Reason for the failure; null unless the payment failed.")
    completed_at: Mapped[datetime | None] = mapped_column(
        comment="Time at which the payment was settled, refunded or failed; null while it is pending or refunding."
    )

    organization: Mapped[Organization] = related(
        backref=back("payments", doc="Payments of the organization's orders."), doc="Organization of the payment."
    )
    order: Mapped["Order"] = related(
        back_populates="payments", doc="Order that is paid. Neither orders nor payments are ever deleted."
    )
    payee_account: Mapped[Account] = related(
        backref=back("received_payments", doc="Payments into the account. They are never deleted."),
        foreign_keys="[Payment.organization_id, Payment.payee_account_id]",
        doc="Account that receives the money.",
    )
    transfer: Mapped[Transfer | None] = related(
        backref=back("payment", uselist=False, doc="Payment that the transfer belongs to; null if there is none."),
        doc="Transfer that moved the money; null if no money has moved. A refund is the reversal of this transfer.",
    )
    created_by: Mapped[User] = related(
        backref=back("created_payments", doc="Payments that the user started. They are kept after a deactivation."),
        doc="User who started the payment.",
    )


for model in (Order, OrderLine, Payment):
    visible(model, sees_money)
