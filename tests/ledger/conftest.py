"""Fixtures of the ledger tests."""

from tests.support.audited_organization import books

__all__ = ["books"]
