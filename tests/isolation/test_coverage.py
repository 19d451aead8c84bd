"""Completeness of the crawl: new parts of the schema are crawled, or these tests report them."""

import pytest
from graphql import parse

from tests.isolation.coverage import fields_in, fields_of, inputs_among, inputs_of, reachable
from tests.isolation.crawl_target import Ground, Probe
from tests.isolation.crawling import Answers


@pytest.mark.slow
def test_every_readable_field_has_returned_a_value(ground: Ground, answers: Answers) -> None:
    kinds = reachable(ground.api.query, schema=ground.api.schema)
    kinds.pop(ground.api.query.name)  # its fields are the probes themselves: see below
    unvisited = fields_of(kinds.values()) - set(fields_in(list(answers.values())))
    # without sessions, API keys and rate limits: tests/identity and tests/http read these fields
    others = unvisited - {"Viewer.sessions", "Viewer.apiKey"}
    assert not {field for field in others if not field.startswith(("Session.", "RateLimit."))}


def test_every_root_field_argument_filter_and_order_is_covered(ground: Ground, probes: list[Probe]) -> None:
    kinds = reachable(ground.api.query, schema=ground.api.schema)
    document = ground.selections.document(f"p{index}: {probe.text}" for index, probe in enumerate(probes))
    wanted = fields_of([ground.api.query]) | inputs_among(kinds.values())
    never_given = wanted - inputs_of(parse(document), ground.api.schema)
    assert not never_given
