"""The words: chance may choose any of them, and few are in one database."""

from itertools import chain, islice
from string import Formatter

import pytest

from schema.seed.organizations import TRADES, businesses
from schema.seed.people import customer_names, people_names
from schema.seed.randomness import RandomSource
from schema.seed.vocabulary import FIRST, LAST, REPLIES, SLOTS, Trade
from schema.seed.work import SUBTASKS

ABOUT_TASKS = {"part", "whole"}


def gaps(*texts: str) -> set[str]:
    """What braces in the texts name."""
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("trade", TRADES, ids=lambda trade: trade.name)
def test_every_gap_can_be_filled(trade: Trade) -> None:
    tasks = gaps(*trade.wishes, *trade.findings, *trade.instructions, *trade.remarks)
    posts = gaps(*chain.from_iterable((post.title, *post.sentences) for post in trade.posts), *REPLIES)
    assert tasks <= set(SLOTS)
    assert posts <= set(SLOTS) - ABOUT_TASKS
    assert gaps(trade.title) == {"verb", "part", "whole"}
    assert not gaps(*trade.steps, *trade.expenses, *(item.name for item in trade.items))


@pytest.mark.parametrize("trade", TRADES, ids=lambda trade: trade.name)
def test_a_trade_has_eight_categories_twelve_labels_and_steps_enough(trade: Trade) -> None:
    assert len({kind.name for kind in trade.kinds}) == 8
    assert len({name for name, _ in trade.labels}) == len({color for _, color in trade.labels}) == 12
    assert len(set(trade.steps)) >= max(SUBTASKS)


def test_no_address_is_given_twice_however_many_people_there_are() -> None:
    number = 2 * len(FIRST) * len(LAST) + 1
    people = list(islice(people_names(RandomSource("people")), number))
    assert len({address for _, address in people}) == number
    assert all(address.isascii() and address == address.lower() and " " not in address for _, address in people)


def test_customers_have_different_names() -> None:
    assert len(set(islice(customer_names(RandomSource("customers")), 5_000))) == 5_000


def test_organizations_have_names_and_domains_of_their_own() -> None:
    many = list(islice(businesses(), 100))
    assert len({business.name for business in many}) == len({business.domain for business in many}) == 100
    assert all(business.domain.endswith(".example") and " " not in business.domain for business in many)
