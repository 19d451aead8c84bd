"""Number of examples per property: few and always the same, or ten times as many with ``EXAMPLES=10``.

The additional examples are different in each run.
"""

import os
import secrets
from collections.abc import Callable
from typing import Any

from hypothesis import settings

MORE = int(os.environ.get("EXAMPLES", "0"))
SEED = int(os.environ.get("SEED", secrets.randbelow(2**31) if MORE else 1))
"""Seed of the data in property tests."""


def examples(number: int) -> Callable[[Any], Any]:
    """Return a decorator that tests a property with this number of examples."""
    return settings(max_examples=number * max(1, MORE), derandomize=not MORE, deadline=None)
