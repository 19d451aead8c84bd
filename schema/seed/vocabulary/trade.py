"""What an organization of one trade talks about."""

from dataclasses import dataclass

SLOTS = ("part", "whole", "customer", "colleague", "day", "month", "number")
"""What braces in a text may name."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of work: a category, and what its tasks are about."""

    name: str
    description: str | None
    verbs: tuple[str, ...]
    parts: tuple[str, ...]
    wholes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Post:
    """A post: a title and the sentences that make its body."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """Something on the price list. ``price`` is in cents, ``by_the_hour`` sold in quarters of an hour."""

    name: str
    price: int
    by_the_hour: bool = False


@dataclass(frozen=True, slots=True)
class Trade:
    """All words of a trade. Texts may have the SLOTS in braces."""

    name: str
    title: str
    """A task's title: of a verb, a part and a whole."""
    kinds: tuple[Kind, ...]
    labels: tuple[tuple[str, str], ...]
    """Names and colours."""
    steps: tuple[str, ...]
    """What subtasks are called."""
    wishes: tuple[str, ...]
    findings: tuple[str, ...]
    instructions: tuple[str, ...]
    """Sentences of a task's description: one or two of each, in this order."""
    remarks: tuple[str, ...]
    """Comments on tasks."""
    posts: tuple[Post, ...]
    items: tuple[Item, ...]
    expenses: tuple[str, ...]
