"""The crawler has been everywhere: what is added to the schema is crawled, or these tests say what was not."""

from graphql import parse

from tests.isolation.coverage import fields_in, fields_of, inputs_among, inputs_of, reachable
from tests.isolation.crawling import Answers
from tests.isolation.ground import Ground, Probe


def test_every_field_of_every_type_that_can_be_read_has_shown_a_value(ground: Ground, answers: Answers) -> None:
    kinds = reachable(ground.api.query, schema=ground.api.schema)
    kinds.pop(ground.api.query.name)  # its fields are the probes themselves: see below
    unvisited = fields_of(kinds.values()) - set(fields_in(list(answers.values())))
    assert not unvisited


def test_every_root_field_argument_filter_and_order_was_given(ground: Ground, probes: list[Probe]) -> None:
    kinds = reachable(ground.api.query, schema=ground.api.schema)
    document = ground.selections.document(f"p{index}: {probe.text}" for index, probe in enumerate(probes))
    wanted = fields_of([ground.api.query]) | inputs_among(kinds.values())
    never_given = wanted - inputs_of(parse(document), ground.api.schema)
    assert not never_given
