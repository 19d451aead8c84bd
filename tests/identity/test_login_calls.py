"""Limit of one ``logIn`` call per operation, checked before the execution."""

import pytest

from tests.support.api import Workline
from tests.support.passwords import PASSWORD

CALL = f'logIn(input: {{email: "alpha.1@example.com", password: "{PASSWORD}"}}) {{ user {{ email }} }}'
LOGGED_IN = {"user": {"email": "Alpha.1@Example.com"}}

TOO_MANY = {
    "aliases": (f"mutation {{ a: {CALL} b: {CALL} }}", 2),
    "fifty aliases": (f"mutation {{ {' '.join(f'a{at}: {CALL}' for at in range(50))} }}", 50),
    "an alias beside the name": (f"mutation {{ {CALL} b: {CALL} }}", 2),
    "inline fragments": (f"mutation {{ a: {CALL} ... {{ b: {CALL} ... on Mutation {{ c: {CALL} }} }} }}", 3),
    "named fragments": (
        f"mutation {{ ...A ...B ...A }} fragment A on Mutation {{ a: {CALL} ...B }} "
        f"fragment B on Mutation {{ b: {CALL} }}",
        2,
    ),
    "conditions": (
        f"mutation ($if: Boolean = false) {{ a: {CALL} ... @skip(if: true) {{ b: {CALL} }} "
        f"... @include(if: $if) {{ c: {CALL} }} }}",
        3,
    ),
    "a transaction": (f"mutation @transaction {{ a: {CALL} b: {CALL} }}", 2),
}


@pytest.mark.parametrize(("document", "number"), TOO_MANY.values(), ids=TOO_MANY)
async def test_an_operation_with_several_logins_is_refused(workline: Workline, document: str, number: int) -> None:
    with workline.statements() as statements:
        response = await workline.execute(document, None)
    (error,) = response.body["errors"]
    assert not response.executed
    assert not statements
    assert error["extensions"] == {"code": "COST_LIMIT_EXCEEDED", "field": "logIn", "number": number, "limit": 1}
    assert error["message"] == (
        f"`logIn` may be called at most once per operation. This operation calls it {number} times: send separate "
        "requests."
    )


async def test_merged_fields_are_one_call(workline: Workline) -> None:
    document = f"mutation {{ {CALL} ...A ...A }} fragment A on Mutation {{ {CALL} }}"
    assert await workline.fetch(document, None) == {"logIn": LOGGED_IN}


async def test_the_operations_of_a_document_are_counted_separately(workline: Workline) -> None:
    document = f"mutation One {{ a: {CALL} }} mutation Two {{ b: {CALL} }} query Three {{ __typename }}"
    response = await workline.execute(document, None)
    assert [error["extensions"]["code"] for error in response.body["errors"]] == ["OPERATION_RESOLUTION_FAILURE"]
    both = document.replace("query Three { __typename }", f"mutation Three {{ a: {CALL} b: {CALL} }}")
    response = await workline.execute(both, None)
    assert [error["extensions"]["number"] for error in response.body["errors"]] == [2]


async def test_circular_and_unknown_fragments_are_refused_as_such(workline: Workline) -> None:
    circle = f"mutation {{ ...A }} fragment A on Mutation {{ {CALL} ...B }} fragment B on Mutation {{ ...A }}"
    nowhere = f"mutation {{ ...A {CALL} }}"
    for document in (circle, nowhere):
        assert (await workline.refuse(document, None))["code"] == "GRAPHQL_VALIDATION_FAILED"
