"""How large the arguments of a list may be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """``filter_list`` bounds the entries of every list in a filter, ``filter_depth`` how deep filters nest, and
    ``filter_conditions`` how many conditions one has in all.
    """

    page_default: int = 25
    page_most: int = 100
    filter_depth: int = 5
    filter_list: int = 200
    filter_conditions: int = 1_000
    order_keys: int = 8
