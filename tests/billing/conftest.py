"""Fixtures of the billing tests."""

from tests.support.books import books

__all__ = ["books"]
