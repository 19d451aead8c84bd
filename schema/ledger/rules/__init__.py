"""What can be done with accounts and the money in them. Rules know nothing of GraphQL."""

from schema.ledger.rules.accounts import close_account, open_account
from schema.ledger.rules.transfers import reverse_transfer, transfer_funds

__all__ = ["close_account", "open_account", "reverse_transfer", "transfer_funds"]
