"""Rights of work: all users work on tasks, managers maintain the categories and labels."""

from graphql_app.database.transaction import WriteTransaction
from graphql_app.identity.models import MANAGERS


def manages(tx: WriteTransaction) -> bool:
    """Return True if the viewer manages work."""
    return tx.viewer.role in MANAGERS
