"""Modes of execution: tests run with plans, and in a second run with resolvers.

The fixtures that serve an API (``toy``, ``workline`` and others) require ``mode``, so that every test with one of them
runs in both modes: with plans in ``make test``, with resolvers in ``make test-resolvers``, also in CI. Tests marked
``both_modes`` run in both modes in ``make test``. A test that chooses or compares modes does so in its options.
"""

from collections.abc import Iterator

import pytest


class _Mode:
    plans: bool | None = None


_NOW = _Mode()


MODES = [pytest.param(True, id="plans"), pytest.param(False, id="resolvers", marks=pytest.mark.resolvers)]


@pytest.fixture(scope="session", params=MODES)
def mode(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run a test with plans, and in another run with resolvers."""
    _NOW.plans = request.param
    yield
    _NOW.plans = None


def by_plans() -> bool:
    """Return True if plans are in use. Raises LookupError in a test that does not use ``mode``."""
    if _NOW.plans is None:
        raise LookupError("A test of an API must use the fixture `mode`, or choose a mode in its options.")
    return _NOW.plans


def by_mode[T](*, planned: T, resolved: T) -> T:
    """Return the expected value where the modes differ: in their statements, never in their responses."""
    return planned if by_plans() else resolved
