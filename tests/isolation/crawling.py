"""Execution of probes in batches."""

from collections.abc import Sequence
from itertools import batched
from typing import Any

from tests.isolation.crawl_target import Ground, Probe
from tests.support.api import Workline

TOGETHER = 20
"""Number of probes per query: they share fragments and the batches of their relations."""

Answers = dict[str, Any]
"""Answers of the probes by name."""


async def crawl(workline: Workline, ground: Ground, probes: Sequence[Probe]) -> Answers:
    """Execute all probes as Alpha's owner, without errors."""
    answers: Answers = {}
    for some in batched(probes, TOGETHER):
        document = ground.selections.document(f"p{index}: {probe.text}" for index, probe in enumerate(some))
        data = await workline.fetch(document)
        answers |= {probe.name: data[f"p{index}"] for index, probe in enumerate(some)}
    return answers


def texts_in(answer: Any) -> set[str]:
    """Return every string in an answer."""
    if isinstance(answer, dict):
        return set[str]().union(*map(texts_in, answer.values()))
    if isinstance(answer, list):
        return set[str]().union(*map(texts_in, answer))
    return {answer} if isinstance(answer, str) else set()
