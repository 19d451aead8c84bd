"""Double-entry bookkeeping: accounts, the transfers between them and the two entries of each transfer."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from graphql_app.identity.models import Organization, User
from graphql_app.models.access import APPEND, KEEP, TableAccess
from graphql_app.models.base import TenantBase, Versioned
from graphql_app.models.columns import Choice, choice, length, page_index
from graphql_app.models.relationships import back, related, tenant_key
from graphql_app.sql.row_rules import visible
from schema.money import currency_code, same_currency
from schema.rights import sees_money


class AccountKind(Choice):
    """Owner of the money in an account."""

    OWN = "OWN", "Money of the organization, such as a cash register, a bank account or revenue."
    CUSTOMER = "CUSTOMER", "Money of a customer, used to pay orders."
    OUTSIDE = "OUTSIDE", "External: money enters and leaves the organization through this account."


class Account(Versioned, TenantBase):
    """Account in one currency. Its balance is always the sum of its entries."""

    __tablename__ = "accounts"
    __access__ = TableAccess(KEEP)
    __table_args__ = (
        # target of the foreign keys of money, so that a transfer cannot change the currency on its way
        UniqueConstraint("organization_id", "id", "currency"),
        length("name", 200, one_line=True),
        currency_code(),
        CheckConstraint("balance >= minimum_balance", name="balance"),
        CheckConstraint("closed_at IS NULL OR balance = 0", name="closed_at"),
        page_index("name"),
    )

    kind: Mapped[AccountKind] = mapped_column(
        choice(AccountKind, "kind"), comment="Kind of the account: the owner of its money."
    )
    name: Mapped[str] = mapped_column(comment="Name of the account, 1-200 characters.")
    currency: Mapped[str] = mapped_column(comment="Currency of the account (ISO 4217 code).")
    balance: Mapped[Decimal] = mapped_column(default=Decimal(0), comment="Current balance, in the account's currency.")
    minimum_balance: Mapped[Decimal | None] = mapped_column(
        comment="Minimum of the balance, in the account's currency; null if there is none."
    )
    closed_at: Mapped[datetime | None] = mapped_column(
        comment="Time at which the account was closed, with a balance of zero; null for an open account."
    )

    organization: Mapped[Organization] = related(
        backref=back("accounts", doc="Accounts of the organization, of all kinds."),
        doc="Organization of the account.",
    )
    entries: Mapped[list["Entry"]] = related(
        back_populates="account", doc="Entries of the account: all changes of its balance. They are never deleted."
    )
    outgoing_transfers: Mapped[list["Transfer"]] = related(
        back_populates="from_account",
        foreign_keys="[Transfer.organization_id, Transfer.from_account_id]",
        doc="Transfers from the account. They are never deleted.",
    )
    incoming_transfers: Mapped[list["Transfer"]] = related(
        back_populates="to_account",
        foreign_keys="[Transfer.organization_id, Transfer.to_account_id]",
        doc="Transfers to the account. They are never deleted.",
    )


class Transfer(TenantBase):
    """Movement of an amount from one account to another. Transfers are never changed or deleted, only reversed."""

    __tablename__ = "transfers"
    __access__ = TableAccess(APPEND)
    __table_args__ = (
        tenant_key("from_account_id", "accounts"),
        same_currency("from_account_id"),
        tenant_key("to_account_id", "accounts"),
        same_currency("to_account_id"),
        tenant_key("reverses_id", "transfers"),
        tenant_key("created_by_id", "users"),
        UniqueConstraint("organization_id", "reverses_id"),
        currency_code(),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("from_account_id <> to_account_id", name="accounts"),
        CheckConstraint("reverses_id <> id", name="reverses"),
        length("memo", 500),
        page_index("from_account_id"),
        page_index("to_account_id"),
        page_index("created_by_id"),
        page_index("created_at"),
        # under one key, money moves once, regardless of concurrent and repeated calls
        Index(
            "uq_transfers_organization_id_key",
            "organization_id",
            "key",
            unique=True,
            postgresql_where=text("key IS NOT NULL"),
        ),
    )

    from_account_id: Mapped[UUID] = mapped_column(comment="ID of the account from which the money was transferred.")
    to_account_id: Mapped[UUID] = mapped_column(comment="ID of the account to which the money was transferred.")
    reverses_id: Mapped[UUID | None] = mapped_column(
        comment="ID of the transfer that this one reverses; null if it is not a reversal."
    )
    created_by_id: Mapped[UUID | None] = mapped_column(
        comment="ID of the user who created the transfer; null for a transfer by the system."
    )
    amount: Mapped[Decimal] = mapped_column(comment="Amount, always greater than zero.")
    currency: Mapped[str] = mapped_column(comment="Currency of the amount and of both accounts (ISO 4217 code).")
    memo: Mapped[str | None] = mapped_column(comment="Purpose of the transfer, 1-500 characters.")
    key: Mapped[UUID | None] = mapped_column(
        comment="ID of the payment that caused the transfer, so that it happens once; null for any other transfer."
    )

    organization: Mapped[Organization] = related(
        backref=back("transfers", doc="Transfers between the accounts of the organization."),
        doc="Organization of the transfer.",
    )
    from_account: Mapped["Account"] = related(
        back_populates="outgoing_transfers",
        foreign_keys="[Transfer.organization_id, Transfer.from_account_id]",
        doc="Account from which the money was transferred. It may be closed, but is never deleted.",
    )
    to_account: Mapped["Account"] = related(
        back_populates="incoming_transfers",
        foreign_keys="[Transfer.organization_id, Transfer.to_account_id]",
        doc="Account to which the money was transferred. It may be closed, but is never deleted.",
    )
    reverses: Mapped["Transfer | None"] = related(
        back_populates="reversed_by",
        remote_side="[Transfer.organization_id, Transfer.id]",
        doc="Transfer that this one reverses; null if it is not a reversal.",
    )
    reversed_by: Mapped["Transfer | None"] = related(
        back_populates="reverses",
        uselist=False,
        doc="Transfer that reverses this one; null if it is not reversed. A transfer is reversed at most once.",
    )
    created_by: Mapped[User | None] = related(
        backref=back("created_transfers", doc="Transfers that the user created. They are kept after a deactivation."),
        doc="User who created the transfer; null for a transfer by the system.",
    )
    entries: Mapped[list["Entry"]] = related(
        back_populates="transfer",
        doc="The two entries of the transfer, one per account. They are never changed.",
    )


class Entry(TenantBase):
    """Effect of a transfer on the balance of one account. Entries are never changed or deleted."""

    __tablename__ = "entries"
    __access__ = TableAccess(APPEND)
    __table_args__ = (
        tenant_key("transfer_id", "transfers"),
        tenant_key("account_id", "accounts"),
        UniqueConstraint("organization_id", "transfer_id", "account_id"),
        CheckConstraint("amount <> 0", name="amount"),
        page_index("account_id"),
    )

    transfer_id: Mapped[UUID] = mapped_column(comment="ID of the transfer.")
    account_id: Mapped[UUID] = mapped_column(comment="ID of the account.")
    amount: Mapped[Decimal] = mapped_column(
        comment="Change of the balance, in the account's currency; negative for outgoing money."
    )

    organization: Mapped[Organization] = related(
        backref=back("entries", doc="Entries of the ledger. In each currency, they add up to zero."),
        doc="Organization of the entry.",
    )
    transfer: Mapped["Transfer"] = related(
        back_populates="entries", doc="Transfer that the entry belongs to. It is never deleted."
    )
    account: Mapped["Account"] = related(
        back_populates="entries", doc="Account whose balance the entry changes. It is never deleted."
    )


for model in (Account, Transfer, Entry):
    visible(model, sees_money)
