"""Two ways to the same answer, plans and resolvers: ``PLAN=off make test`` runs the tests without plans."""

import os

PLAN = os.environ.get("PLAN", "on") != "off"
"""Whether this run answers by plans what plans can answer."""


def by_mode[T](*, planned: T, resolved: T) -> T:
    """What is expected of this run, where the two ways differ: in their statements, never in their answers."""
    return planned if PLAN else resolved
