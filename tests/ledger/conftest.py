"""What tests of the ledger have at hand."""

from tests.support.books import books

__all__ = ["books"]
