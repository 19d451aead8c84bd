"""Sizes: of the arguments of a list, of what a field yields, and of what is written at once."""

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
class Sizing:
    """The number of items that a field yields at most, by its arguments.

    Each of ``arguments`` is a number, which counts with its value, or a list, which counts with its length. If none is
    given, ``default`` counts, or the default size of a page. The field refuses numbers over ``most`` before it yields
    anything. A field of an object type, such as a connection, declares the size of the lists directly below it.
    """

    arguments: tuple[str, ...] = ()
    default: int | None = None
    most: int | None = None
    is_page: bool = False
    """True if the largest page is the most."""
    is_planned: bool = True
    """True if it counts as a list that is read from the database."""
    is_inherited: bool = False
    """True if the size that the field above declares comes first."""


PAGE = Sizing(("first", "last"), is_page=True)


@dataclass(frozen=True, slots=True)
class Writing:
    """``rows_most`` bounds the rows of one bulk mutation; ``keys_kept`` is how many seconds its key is remembered."""

    rows_most: int = 1_000
    keys_kept: float = 86_400.0
