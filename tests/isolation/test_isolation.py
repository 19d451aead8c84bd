"""Tenant isolation of every field, filter, order, count, cursor and id."""

import pytest

from tests.isolation.crawl_target import Ground, Probe
from tests.isolation.crawling import Answers, crawl, texts_in
from tests.support.api import Workline

pytestmark = pytest.mark.slow

PREDICATE = "organization_id = $"
OWN_ISOLATION = "search "
"""Fields of a function that takes the organization from the transaction, and has its own tests."""


def different(answers: Answers, truth: Answers) -> list[str]:
    """Return the names of the probes with different answers."""
    return [name for name in answers if answers[name] != truth[name]]


def test_every_answer_is_independent_of_the_other_organization(answers: Answers, truth: Answers) -> None:
    assert not different(answers, truth)


def test_no_string_of_the_other_organization_is_in_any_answer(answers: Answers, ground: Ground) -> None:
    theirs = ground.theirs.texts() - ground.mine.texts()
    assert len(theirs) > 10 * len(ground.api.records)
    assert not texts_in(answers) & theirs


async def test_the_engine_s_predicate_isolates_without_row_level_security(
    by_predicate: Workline, ground: Ground, probes: list[Probe], truth: Answers
) -> None:
    assert not different(await crawl(by_predicate, ground, probes), truth)


@pytest.mark.resolvers
async def test_the_engine_s_predicate_isolates_in_resolvers(
    by_resolvers: Workline, ground: Ground, probes: list[Probe], truth: Answers
) -> None:
    assert not different(await crawl(by_resolvers, ground, probes), truth)


async def test_row_level_security_isolates_without_the_engine_s_predicate(
    by_policies: Workline, ground: Ground, probes: list[Probe], truth: Answers
) -> None:
    with by_policies.statements() as statements:
        assert not different(await crawl(by_policies, ground, probes), truth)
    assert not [each for each in statements if PREDICATE in each], "a statement still contains the predicate"


async def test_without_both_every_probe_sees_the_other_organization(
    by_nothing: Workline, ground: Ground, probes: list[Probe], truth: Answers
) -> None:
    """Otherwise the tests above would prove nothing."""
    tried = [probe for probe in probes if not probe.name.startswith(OWN_ISOLATION)]
    seeing = different(await crawl(by_nothing, ground, tried), truth)
    blind = {probe.name for probe in tried} - set(seeing)
    # an organization is found by its own id, with and without the predicate; rate limits and schemas are no rows
    assert not {name for name in blind if not name.startswith(("Organization where", "rateLimit ", "_service "))}
