"""How many examples a property is tried on: few and always the same, unless EXAMPLES=10 asks for ten times as many."""

import os
from collections.abc import Callable
from typing import Any

from hypothesis import settings

MORE = int(os.environ.get("EXAMPLES", "0"))


def examples(number: int) -> Callable[[Any], Any]:
    """Try a property on so many examples."""
    return settings(max_examples=number * max(1, MORE), derandomize=not MORE, deadline=None)
