"""Fixtures of the access tests: organizations whose users a test may change."""

from tests.isolation.conftest import ground, guarded

__all__ = ["ground", "guarded"]
