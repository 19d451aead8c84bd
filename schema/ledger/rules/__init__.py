"""Rules of accounts and transfers. They are independent of GraphQL."""

from schema.ledger.rules.accounts import close_account, open_account
from schema.ledger.rules.transfers import reverse_transfer, transfer_funds

__all__ = ["close_account", "open_account", "reverse_transfer", "transfer_funds"]
