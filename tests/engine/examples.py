"""How much a property is tried on: little and always the same, unless ``EXAMPLES=10`` asks for ten times as much.

What is tried then is drawn anew each time.
"""

import os
import secrets
from collections.abc import Callable
from typing import Any

from hypothesis import settings

MORE = int(os.environ.get("EXAMPLES", "0"))
SEED = int(os.environ.get("SEED", secrets.randbelow(2**31) if MORE else 1))
"""What the data is drawn from that properties are tried on."""


def examples(number: int) -> Callable[[Any], Any]:
    """Try a property on so many examples."""
    return settings(max_examples=number * max(1, MORE), derandomize=not MORE, deadline=None)
