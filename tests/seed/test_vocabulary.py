"""Vocabulary of the generated texts, completely, since one database contains only a part of it."""

from itertools import chain, islice
from string import Formatter

import pytest

from schema.seed.organizations import TRADES, businesses
from schema.seed.people import customer_names, people_names
from schema.seed.random_source import RandomSource
from schema.seed.vocabulary import FIRST, LAST, REPLIES, SLOTS, Trade
from schema.seed.work import SUBTASKS

ABOUT_TASKS = {"part", "whole"}


def placeholders(*texts: str) -> set[str]:
    """Return the names of the placeholders in the texts."""
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("trade", TRADES, ids=lambda trade: trade.name)
def test_every_placeholder_can_be_filled(trade: Trade) -> None:
    tasks = placeholders(*trade.wishes, *trade.findings, *trade.instructions, *trade.remarks)
    posts = placeholders(*chain.from_iterable((post.title, *post.sentences) for post in trade.posts), *REPLIES)
    assert tasks <= set(SLOTS)
    assert posts <= set(SLOTS) - ABOUT_TASKS
    assert placeholders(trade.title) == {"verb", "part", "whole"}
    assert not placeholders(*trade.steps, *trade.expenses, *(item.name for item in trade.items))


@pytest.mark.parametrize("trade", TRADES, ids=lambda trade: trade.name)
def test_a_trade_has_eight_categories_twelve_labels_and_enough_steps(trade: Trade) -> None:
    assert len({kind.name for kind in trade.kinds}) == 8
    assert len({name for name, _ in trade.labels}) == len({color for _, color in trade.labels}) == 12
    assert len(set(trade.steps)) >= max(SUBTASKS)


def test_addresses_are_unique_for_any_number_of_people() -> None:
    number = 2 * len(FIRST) * len(LAST) + 1
    people = list(islice(people_names(RandomSource("people")), number))
    assert len({address for _, address in people}) == number
    assert all(address.isascii() and address == address.lower() and " " not in address for _, address in people)


def test_names_of_customers_are_unique() -> None:
    assert len(set(islice(customer_names(RandomSource("customers")), 5_000))) == 5_000


def test_names_and_domains_of_organizations_are_unique() -> None:
    many = list(islice(businesses(), 100))
    assert len({business.name for business in many}) == len({business.domain for business in many}) == 100
    assert all(business.domain.endswith(".example") and " " not in business.domain for business in many)
