"""Bounds of documents and variables, and the merging of fields: counted, not timed."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from graphql import OverlappingFieldsCanBeMergedRule, get_introspection_query, parse, validate
from hypothesis import given

from graphql_app.execution.documents import DocumentCache
from graphql_app.execution.overlapping_fields import MergeCheck
from graphql_app.execution.request_bounds import (
    UNBOUNDED,
    VISITS,
    DocumentCounter,
    RequestBounds,
    RequestLimitExceeded,
)
from graphql_app.execution.validation import InvalidDocument
from tests.engine.datasets import library
from tests.engine.examples import examples
from tests.engine.toy.root import build
from tests.engine.toy_api import Toy
from tests.plan.documents.selections import documents
from tests.plan.documents.tree import Document
from tests.plan.toy_values import toy_pools

TOY = build().graphql_schema
LARGE = library("large").organization
BOUNDS = RequestBounds()


def nested(depth: int) -> str:
    return "{ books { nodes " + "{ parent " * (depth - 3) + "{ id }" + " }" * (depth - 3) + " } }"


def chained(depth: int) -> str:
    chain = [f"fragment F{n} on Book {{ parent {{ ...F{n + 1} }} }}" for n in range(depth - 3)]
    return f"{{ books {{ nodes {{ ...F0 }} }} }} {' '.join(chain)} fragment F{depth - 3} on Book {{ id }}"


def fragments(count: int) -> str:
    named = " ".join(f"fragment F{n} on BookConnection {{ totalCount }}" for n in range(count))
    return f"{{ books {{ {' '.join(f'...F{n}' for n in range(count))} }} }} {named}"


CASES: dict[str, tuple[Callable[[int], str], int]] = {
    "levels of nested fields": (nested, BOUNDS.depth),
    "aliases": (lambda n: "{ books { " + " ".join(f"a{i}: totalCount" for i in range(n)) + " } }", BOUNDS.aliases),
    "root fields": (lambda n: "{ " + " ".join(f"a{i}: greeting" for i in range(n)) + " }", BOUNDS.root_fields),
    "directives": (lambda n: "{ greeting " + "@include(if: true) " * n + "}", BOUNDS.directives),
    "fragments": (fragments, BOUNDS.fragments),
    "operations": (lambda n: " ".join(f"query Q{i} {{ greeting }}" for i in range(n)), BOUNDS.operations),
    "repeated fields": (lambda n: "{ books { " + "totalCount " * (n + 1) + "} }", BOUNDS.repeated_fields),
    "characters": (lambda n: "{ greeting }".ljust(n), BOUNDS.characters),
    "values in a list": (lambda n: f"{{ nodes(ids: [{'1, ' * n}]) {{ id }} }}", BOUNDS.list_values),
}


def read(text: str) -> None:
    """Read a document; errors of other rules are accepted."""
    bounds = replace(BOUNDS, tokens=100_000)
    with suppress(InvalidDocument):
        DocumentCache(TOY, introspection=True, bounds=bounds).get(text)


@pytest.mark.parametrize("bound", CASES)
def test_a_document_at_a_bound_is_read_and_one_above_rejected(bound: str) -> None:
    make, limit = CASES[bound]
    read(make(limit))
    with pytest.raises(RequestLimitExceeded) as refused:
        read(make(limit + 1))
    assert refused.value.extensions == {
        "code": "REQUEST_LIMIT_EXCEEDED",
        "bound": bound,
        "number": limit + 1,
        "limit": limit,
    }


def test_nesting_counts_through_fragments_and_a_cycle_is_invalid() -> None:
    read(chained(BOUNDS.depth))
    with pytest.raises(RequestLimitExceeded, match="levels of nested fields"):
        read(chained(BOUNDS.depth + 1))
    cycle = "{ books { nodes { ...F } } } fragment F on Book { parent { ...F } }"
    with pytest.raises(InvalidDocument):
        DocumentCache(TOY, introspection=True, bounds=BOUNDS).get(cycle)


@pytest.mark.parametrize("query", [get_introspection_query(), get_introspection_query(input_value_deprecation=True)])
def test_introspection_by_tools_is_within_the_bounds(query: str) -> None:
    DocumentCache(TOY, introspection=True, bounds=BOUNDS).get(query)


@pytest.mark.parametrize(
    ("variables", "bound"),
    [
        ({"ids": ["1"] * (BOUNDS.list_values + 1)}, "values in a list"),
        ({"ids": [["1"] * 1_000] * 51}, "values in its variables"),
        ({"filter": eval("[" * 22 + "]" * 22)}, "levels of nested variables"),
    ],
)
async def test_variables_over_a_bound_are_rejected(toy: Toy, variables: Any, bound: str) -> None:
    options = replace(toy.executor._options, bounds=BOUNDS)
    toy.executor._options, before = options, toy.executor._options
    try:
        extensions = await toy.refuse("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", LARGE, **variables)
    finally:
        toy.executor._options = before
    assert (extensions["code"], extensions["bound"]) == ("REQUEST_LIMIT_EXCEEDED", bound)
    assert toy.statements == []


def test_five_errors_of_a_document_are_reported() -> None:
    with pytest.raises(InvalidDocument) as refused:
        DocumentCache(TOY, introspection=True, bounds=BOUNDS).get("{ " + " ".join(f"f{n}" for n in range(40)) + " }")
    assert len(refused.value.errors) == BOUNDS.errors == 5


async def test_five_errors_of_variables_are_reported(toy: Toy) -> None:
    toy.executor._options, before = replace(toy.executor._options, bounds=BOUNDS), toy.executor._options
    try:
        ids = [{"not": "an id"}] * 30
        response = await toy.respond("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", LARGE, ids=ids)
    finally:
        toy.executor._options = before
    assert response.codes == ["BAD_USER_INPUT"] * 5


@pytest.mark.parametrize(("suggestions", "shown"), [(True, True), (False, False)])
def test_suggestions_can_be_turned_off(suggestions: bool, shown: bool) -> None:
    with pytest.raises(InvalidDocument) as refused:
        DocumentCache(TOY, introspection=True, suggestions=suggestions).get("{ greetin }")
    assert ("Did you mean" in refused.value.errors[0].message) is shown


def merge_errors(text: str) -> tuple[list[str], DocumentCounter]:
    document = parse(text)
    counter = DocumentCounter(document, UNBOUNDED)
    counter.check()
    return [each.message for each in MergeCheck(TOY, document, counter.visit).errors], counter


REPEATED = "{ " + "greeting " * 2_000 + "}"
DEEP = "{ books { nodes { " + "parent { title " * 60 + "}" * 60 + "} } }"


@pytest.mark.parametrize(
    "text",
    [
        REPEATED,
        "{ " + "books { nodes { title } } " * 500 + "}",
        DEEP * 1,
        "{ "
        + " ".join(f"...F{n}" for n in range(200))
        + " } "
        + " ".join(f"fragment F{n} on Query {{ books {{ nodes {{ id title }} }} }}" for n in range(200)),
        "{ books { nodes { ...F0 } } } "
        + " ".join(
            f"fragment F{n} on Book {{ a: parent {{ ...F{n + 1} }} b: parent {{ ...F{n + 1} }} }}" for n in range(80)
        )
        + " fragment F80 on Book { id }",
        "{ nodes(ids: []) { " + "... on Book { id } ... on Shelf { id } ... on Node { id } " * 100 + "} }",
    ],
    ids=["fields", "lists", "nesting", "fragments", "exponential fragments", "types"],
)
def test_merging_visits_at_most_a_multiple_of_the_selections(text: str) -> None:
    errors, counter = merge_errors(text)
    assert errors == []
    assert counter.visits <= 12 * counter.selections < VISITS * counter.selections


def test_a_document_that_would_be_visited_too_often_is_rejected() -> None:
    counter = DocumentCounter(parse("{ greeting }"), BOUNDS)
    counter.check()
    with pytest.raises(RequestLimitExceeded, match="combinations of fields"):
        counter.visit(2 * VISITS + 1)


@examples(60)
@given(document=documents(TOY, toy_pools()))
def test_conflicts_are_found_in_the_documents_in_which_graphql_core_finds_them(document: Document) -> None:
    errors, _ = merge_errors(document.text)
    expected = validate(TOY, parse(document.text), [OverlappingFieldsCanBeMergedRule])
    assert bool(errors) is bool(expected), document.text


@pytest.mark.parametrize(
    ("text", "is_conflict"),
    [
        ("{ a: greeting a: books { totalCount } }", True),
        ("{ books(first: 1) { totalCount } books(first: 2) { totalCount } }", True),
        (
            '{ books(filter: {title: {eq: "a"}, id: {eq: "b"}}) { totalCount } '
            'books(filter: {id: {eq: "b"}, title: {eq: "a"}}) { totalCount } }',
            False,
        ),
        ("{ nodes(ids: []) { ... on Book { x: title } ... on Shelf { x: label } } }", False),
        ("{ nodes(ids: []) { ... on Book { x: title } ... on Shelf { x: id } } }", True),
        ("{ nodes(ids: []) { ... on Book { x: title } ... on Node { x: id } } }", True),
        ("{ books { nodes { parent { x: title } parent { x: id } } } }", True),
        (
            "{ nodes(ids: []) { ... on Book { x: parent { y: title } } ... on Shelf { x: books { y: totalCount } } } }",
            True,
        ),
        ("{ ...A ...B } fragment A on Query { x: greeting } fragment B on Query { x: books { totalCount } }", True),
        ("{ greeting } fragment Unused on Book { x: title x: id }", True),
        ("{ unknown unknown { x } }", False),
    ],
)
def test_conflicts_of_fields(text: str, is_conflict: bool) -> None:
    errors, _ = merge_errors(text)
    assert bool(errors) is is_conflict
    assert bool(validate(TOY, parse(text), [OverlappingFieldsCanBeMergedRule])) is is_conflict
