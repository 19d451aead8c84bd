"""How Python collects garbage while requests are answered."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

THRESHOLDS = (50_000, 20, 50)
"""A response of a thousand rows makes more objects than Python's 2,000; none of them is garbage before it is sent."""


@contextmanager
def rare_collections() -> Iterator[None]:
    """Collect less often during the block, and never look again at what was there before it.

    The schema, its models and their statements live as long as the process: a collection that walks through them finds
    nothing. Cycles of requests are collected as ever, only more of them at a time.
    """
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
