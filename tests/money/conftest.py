"""What tests of money have at hand."""

from tests.support.books import books

__all__ = ["books"]
