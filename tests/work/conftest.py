"""Fixtures of the work tests."""

from tests.support.books import books

__all__ = ["books"]
