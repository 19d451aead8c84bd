"""Fixtures of the work tests."""

from tests.support.audited_organization import books

__all__ = ["books"]
