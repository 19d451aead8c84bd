"""Double-entry bookkeeping: accounts, the transfers between them and the two entries of each transfer."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from graphql_app.database.base import TenantBase, Versioned
from graphql_app.database.columns import Choice, choice, length, page_index
from graphql_app.database.relations import back, related, tenant_key
from schema.money import currency_code, same_currency
from schema.people.models import Organization, User


class AccountKind(Choice):
    """Owner of the money in an account."""

    OWN = "OWN", "The organization's own money: a till, a bank account, its revenue."
    CUSTOMER = "CUSTOMER", "A customer's money, to pay orders from."
    OUTSIDE = "OUTSIDE", "The world outside: what comes in is taken from here, what goes out is brought here."


class Account(Versioned, TenantBase):
    """Money in one currency, under one name. Its balance is the sum of its entries, always."""

    __tablename__ = "accounts"
    __table_args__ = (
        # target of the foreign keys of money, so that a transfer cannot change the currency on its way
        UniqueConstraint("organization_id", "id", "currency"),
        length("name", 200),
        currency_code(),
        CheckConstraint("balance >= minimum_balance", name="balance"),
        CheckConstraint("closed_at IS NULL OR balance = 0", name="closed_at"),
        page_index("name"),
    )

    kind: Mapped[AccountKind] = mapped_column(choice(AccountKind, "kind"), comment="Whose money it holds.")
    name: Mapped[str] = mapped_column(comment="Whose or what for: 1 to 200 characters.")
    currency: Mapped[str] = mapped_column(comment="The currency of everything in it, by its ISO 4217 code.")
    balance: Mapped[Decimal] = mapped_column(default=Decimal(0), comment="What is in it now.")
    minimum_balance: Mapped[Decimal | None] = mapped_column(
        comment="The limit that the balance never goes below; null for an account without one."
    )
    closed_at: Mapped[datetime | None] = mapped_column(
        comment="When it was closed, which takes a balance of zero; null while it can be used."
    )

    organization: Mapped[Organization] = related(
        backref=back("accounts", doc="Its accounts: its own, its customers' and those that stand for the outside."),
        doc="The organization it belongs to.",
    )
    entries: Mapped[list["Entry"]] = related(
        back_populates="account", doc="Everything that ever changed its balance. An account is closed, never deleted."
    )
    outgoing_transfers: Mapped[list["Transfer"]] = related(
        back_populates="from_account",
        foreign_keys="[Transfer.organization_id, Transfer.from_account_id]",
        doc="The transfers that took money out of it. None is ever deleted, nor is an account.",
    )
    incoming_transfers: Mapped[list["Transfer"]] = related(
        back_populates="to_account",
        foreign_keys="[Transfer.organization_id, Transfer.to_account_id]",
        doc="The transfers that brought money into it. None is ever deleted, nor is an account.",
    )


class Transfer(TenantBase):
    """An amount that went from one account to another. Transfers are never changed or deleted, only reversed."""

    __tablename__ = "transfers"
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

    from_account_id: Mapped[UUID] = mapped_column(comment="The id of the account that it took the money from.")
    to_account_id: Mapped[UUID] = mapped_column(comment="The id of the account that it brought the money to.")
    reverses_id: Mapped[UUID | None] = mapped_column(comment="The id of the transfer that this one undoes.")
    created_by_id: Mapped[UUID | None] = mapped_column(
        comment="The id of the user who ordered it; null for a transfer by the system itself."
    )
    amount: Mapped[Decimal] = mapped_column(comment="How much, always more than zero.")
    currency: Mapped[str] = mapped_column(comment="The currency of the amount and of both accounts (ISO 4217).")
    memo: Mapped[str | None] = mapped_column(comment="What it was for: 1 to 500 characters.")
    key: Mapped[UUID | None] = mapped_column(
        comment="The id of the payment that moved it, which makes it happen once; null for any other transfer."
    )

    organization: Mapped[Organization] = related(
        backref=back("transfers", doc="Every movement of money between its accounts."),
        doc="The organization it belongs to.",
    )
    from_account: Mapped["Account"] = related(
        back_populates="outgoing_transfers",
        foreign_keys="[Transfer.organization_id, Transfer.from_account_id]",
        doc="The account that it took the money from. It may be closed, and stays.",
    )
    to_account: Mapped["Account"] = related(
        back_populates="incoming_transfers",
        foreign_keys="[Transfer.organization_id, Transfer.to_account_id]",
        doc="The account that it brought the money to. It may be closed, and stays.",
    )
    reverses: Mapped["Transfer | None"] = related(
        back_populates="reversed_by",
        remote_side="[Transfer.organization_id, Transfer.id]",
        doc="The transfer that this one undoes.",
    )
    reversed_by: Mapped["Transfer | None"] = related(
        back_populates="reverses", uselist=False, doc="The transfer that undid this one. It happens once at most."
    )
    created_by: Mapped[User | None] = related(
        backref=back("created_transfers", doc="The transfers the user ordered. They stay, and so does the user."),
        doc="Who ordered it; null for a transfer by the system itself.",
    )
    entries: Mapped[list["Entry"]] = related(
        back_populates="transfer",
        doc="Its two entries: the amount taken from one account and brought to the other. They stay as they are.",
    )


class Entry(TenantBase):
    """Effect of a transfer on the balance of one account. Entries are never changed or deleted."""

    __tablename__ = "entries"
    __table_args__ = (
        tenant_key("transfer_id", "transfers"),
        tenant_key("account_id", "accounts"),
        UniqueConstraint("organization_id", "transfer_id", "account_id"),
        CheckConstraint("amount <> 0", name="amount"),
        page_index("account_id"),
    )

    transfer_id: Mapped[UUID] = mapped_column(comment="The id of the transfer that it is half of.")
    account_id: Mapped[UUID] = mapped_column(comment="The id of the account whose balance it changed.")
    amount: Mapped[Decimal] = mapped_column(
        comment="How much the balance changed, in the account's currency: less than zero for money taken out."
    )

    organization: Mapped[Organization] = related(
        backref=back("entries", doc="Its ledger. Per currency, the sum of all entries is zero."),
        doc="The organization it belongs to.",
    )
    transfer: Mapped["Transfer"] = related(
        back_populates="entries", doc="The transfer that it is half of. Both stay for good."
    )
    account: Mapped["Account"] = related(
        back_populates="entries", doc="The account whose balance it changed, which is never deleted."
    )
