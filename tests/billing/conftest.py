"""What tests of billing have at hand."""

from tests.support.books import books

__all__ = ["books"]
