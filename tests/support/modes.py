"""Two ways to the same answer: ``WORKLINE_TEST_PLAN=off make test`` runs the tests by resolvers, without plans."""

import os

VARIABLE = "WORKLINE_TEST_PLAN"
CHOSEN = os.environ.get(VARIABLE, "on")
if CHOSEN not in ("on", "off"):
    raise ValueError(f"{VARIABLE} is on or off, not {CHOSEN}.")
PLAN = CHOSEN == "on"
"""Whether this run answers by plans what plans can answer."""


def by_mode[T](*, planned: T, resolved: T) -> T:
    """What is expected of this run, where the two ways differ: in their statements, never in their answers."""
    return planned if PLAN else resolved
