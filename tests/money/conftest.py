"""Fixtures of the money tests."""

from tests.support.books import books

__all__ = ["books"]
