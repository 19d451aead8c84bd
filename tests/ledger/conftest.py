"""Fixtures of the ledger tests."""

from tests.support.books import books

__all__ = ["books"]
