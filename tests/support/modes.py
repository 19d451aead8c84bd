"""Two ways to the same answer: what a test asks of an API is asked of it with plans, and in a second run without.

The fixtures that serve an API (``toy``, ``workline`` and their like) need ``mode``, and so every test that uses one of
them runs in both modes: by plans in ``make test``, by resolvers in ``make test-resolvers``, which CI runs too. Tests
marked ``both_modes`` run in both in ``make test``. A test that chooses, or compares both, says so in its options.
"""

from collections.abc import Iterator

import pytest


class _Mode:
    plans: bool | None = None


_NOW = _Mode()


MODES = [pytest.param(True, id="plans"), pytest.param(False, id="resolvers", marks=pytest.mark.resolvers)]


@pytest.fixture(scope="session", params=MODES)
def mode(request: pytest.FixtureRequest) -> Iterator[None]:
    """Answer by plans what plans can answer; and once more everything by resolvers."""
    _NOW.plans = request.param
    yield
    _NOW.plans = None


def by_plans() -> bool:
    """Whether answers are found by plans now. Raises LookupError in a test that does not use ``mode``."""
    if _NOW.plans is None:
        raise LookupError("A test that asks an API uses the fixture `mode`, or says in its options whether to plan.")
    return _NOW.plans


def by_mode[T](*, planned: T, resolved: T) -> T:
    """What is expected now, where the two ways differ: in their statements, never in their answers."""
    return planned if by_plans() else resolved
