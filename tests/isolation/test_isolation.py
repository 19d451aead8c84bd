"""Another organization's rows cannot be reached through any field, filter, order, count, cursor or id."""

import pytest

from tests.isolation.crawling import Answers, crawl, texts_in
from tests.isolation.ground import Ground, Probe
from tests.support.workline import Workline

SAYS_WHOSE = "organization_id = $"
KNOWS_BY_ITSELF = "search "
"""Asks a function which takes the organization from the transaction, and has tests of its own."""


def different(answers: Answers, truth: Answers) -> list[str]:
    """The probes that were answered differently."""
    return [name for name in answers if answers[name] != truth[name]]


def test_every_answer_is_what_it_is_without_the_other_organization(answers: Answers, truth: Answers) -> None:
    assert not different(answers, truth)


def test_no_text_of_the_other_organization_is_in_any_answer(answers: Answers, ground: Ground) -> None:
    theirs = ground.theirs.texts() - ground.mine.texts()
    assert len(theirs) > 10 * len(ground.api.records)
    assert not texts_in(answers) & theirs


async def test_the_engine_s_predicate_isolates_without_row_level_security(
    by_predicate: Workline, ground: Ground, probes: list[Probe], truth: Answers
) -> None:
    assert not different(await crawl(by_predicate, ground, probes), truth)


@pytest.mark.resolvers
async def test_so_it_does_where_resolvers_answer_instead_of_plans(
    by_resolvers: Workline, ground: Ground, probes: list[Probe], truth: Answers
) -> None:
    assert not different(await crawl(by_resolvers, ground, probes), truth)


@pytest.mark.slow
async def test_row_level_security_isolates_without_the_engine_s_predicate(
    by_policies: Workline, ground: Ground, probes: list[Probe], truth: Answers
) -> None:
    with by_policies.statements() as statements:
        assert not different(await crawl(by_policies, ground, probes), truth)
    assert not [each for each in statements if SAYS_WHOSE in each], "the predicate is still said somewhere"


@pytest.mark.slow
async def test_without_both_every_probe_sees_the_other_organization(
    by_nothing: Workline, ground: Ground, probes: list[Probe], truth: Answers
) -> None:
    """Or else the tests above would prove nothing."""
    tried = [probe for probe in probes if not probe.name.startswith(KNOWS_BY_ITSELF)]
    seeing = different(await crawl(by_nothing, ground, tried), truth)
    blind = {probe.name for probe in tried} - set(seeing)
    # what is an organization's is found by the organization's own id, predicate or not
    assert not {name for name in blind if not name.startswith("Organization where")}
