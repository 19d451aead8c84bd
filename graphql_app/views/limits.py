"""How large the arguments of a list may be, and how much may be written at once."""

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


@dataclass(frozen=True, slots=True)
class Writing:
    """``rows_most`` bounds the rows of one bulk mutation; ``keys_kept`` is how many seconds its key is remembered."""

    rows_most: int = 1_000
    keys_kept: float = 86_400.0
