"""Organizations whose users change while their tokens last."""

from tests.isolation.conftest import ground, guarded

__all__ = ["ground", "guarded"]
