"""Validation in one pass: the errors of graphql-core's own, without the rules that a document cannot break."""

import pytest
from graphql import NoSchemaIntrospectionCustomRule, parse, specified_rules, validate

from graphql_app.execution.validation import RULES_BY_MARKS, InvalidDocument, Validator
from graphql_app.mutations.directives import MostCallsPerOperation, SupportedIdempotencyKeys
from graphql_app.types.schema import Api

TEXTS = [
    "{ greeting }",
    "{ nonsense books }",
    "query ($a: Int, $a: Int, $b: Nonsense, $c: Book) { books(first: $d) { totalCount } }",
    'query ($a: String!, $unused: Int) { books(first: $a, after: "@ ... $") { nodes { id @include(if: $a) } } }',
    "{ ...F } fragment F on Query { ...G } fragment G on Query { ...F } fragment G on Int { a} fragment U on A { id }",
    "{ ... on Book { id } ...Unknown ... on Nothing { id } }",
    "fragment Alone on Query { greeting }",
    "{ greeting @include(if: true) @include(if: false) @nonsense @skip }",
    '{ books @idempotent(key: "x") { totalCount } } ',
    "query A { greeting } query A { greeting } { greeting }",
    "query A @nonsense { greeting } mutation A { nonsense }",
    "{ books(first: 1, first: 2, nonsense: 3) { nodes { title(a: 1) shelf } } book }",
    '{ books(filter: {title: {eq: 5, eq: "x"}, genre: {eq: "NOVEL"}, pages: {gt: 99999999999}}) { totalCount } }',
    "{ a: greeting a: books { totalCount } }",
    "type T { a: Int @deprecated } { greeting }",
    "subscription { greeting }",
    '{ book(id: "$") { title } book(id: "@") { title } }',
    "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }",
]


@pytest.mark.parametrize("introspection", [True, False])
@pytest.mark.parametrize("text", TEXTS)
def test_validation_reports_the_errors_of_all_rules(built: Api, text: str, introspection: bool) -> None:
    own = [
        SupportedIdempotencyKeys,
        MostCallsPerOperation,
        *([] if introspection else [NoSchemaIntrospectionCustomRule]),
    ]
    schema = built.graphql_schema
    expected = validate(schema, parse(text), [*specified_rules, *own], hide_suggestions=not introspection)
    validator, found = Validator(schema, introspection=introspection), []
    try:
        validator.read(text)
    except InvalidDocument as rejected:
        found = rejected.errors
    assert [error.formatted for error in found] == [error.formatted for error in expected]


def test_every_rule_with_marks_is_an_applied_rule() -> None:
    about = {rule for group in RULES_BY_MARKS.values() for rule in group}
    assert about <= {*specified_rules, SupportedIdempotencyKeys}


def test_validation_finds_the_variables_on_which_plans_depend(built: Api) -> None:
    text = """query ($n: Int, $yes: Boolean!, $no: Boolean = false, $t: String) {
        books(first: $n, filter: {title: {eq: $t}}) { totalCount @include(if: $yes) ...F } }
        fragment F on BookConnection { totalCount @skip(if: $no) }"""
    valid = Validator(built.graphql_schema, introspection=True).read(text)
    assert (valid.choices, valid.sizes) == (("no", "yes"), ("n",))
