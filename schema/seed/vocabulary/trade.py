"""Vocabulary of a trade."""

from dataclasses import dataclass

SLOTS = ("part", "whole", "customer", "colleague", "day", "month", "number")
"""Names of the placeholders, in braces, that a text may contain."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Kind of work: a category, and the topics of its tasks."""

    name: str
    description: str | None
    verbs: tuple[str, ...]
    parts: tuple[str, ...]
    wholes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Post:
    """Post: a title and the sentences of its body."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """Item of the price list. ``price`` is in cents. ``by_the_hour`` items are sold in quarters of an hour."""

    name: str
    price: int
    by_the_hour: bool = False


@dataclass(frozen=True, slots=True)
class Trade:
    """Vocabulary of a trade. Texts may contain the SLOTS in braces."""

    name: str
    title: str
    """Pattern of a task's title, from a verb, a part and a whole."""
    kinds: tuple[Kind, ...]
    labels: tuple[tuple[str, str], ...]
    """Names and colours."""
    steps: tuple[str, ...]
    """Titles of subtasks."""
    wishes: tuple[str, ...]
    findings: tuple[str, ...]
    instructions: tuple[str, ...]
    """Sentences of a task's description: one or two of each, in this order."""
    remarks: tuple[str, ...]
    """Comments on tasks."""
    posts: tuple[Post, ...]
    items: tuple[Item, ...]
    expenses: tuple[str, ...]
