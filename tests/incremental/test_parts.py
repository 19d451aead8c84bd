"""Parts of responses: together they are the response in one part."""

import pytest

from graphql_app.execution.request import IncrementalForm
from tests.incremental.merging import FORMS, merged, messages
from tests.support.api import Workline

DOCUMENTS = {
    "a fragment of each item": """{ tasks(first: 5) { nodes { id ... @defer { comments { nodes { body } } } } } }""",
    "a labelled spread": """
        { tasks(first: 5) { nodes { id ...More @defer(label: "more") } } }
        fragment More on Task { title assignee { name } }""",
    "the root": "{ ... @defer { workers { nodes { name } } } tasks(first: 2) { totalCount } }",
    "nested fragments": """{ tasks(first: 3) { nodes { id ... @defer(label: "outer") {
        title comments(first: 2) { nodes { id ... @defer(label: "inner") { body author { name } } } } } } } }""",
    "a fragment directly in a fragment": """
        { workers { nodes { id ... @defer(label: "a") { name ... @defer(label: "b") { hourlyRate } } } } }""",
    "overlapping fragments": """{ tasks(first: 4) { nodes { id
        ... @defer(label: "a") { title assignee { id name } }
        ... @defer(label: "b") { title assignee { id hourlyRate } } } } }""",
    "fragments of some types": """{ comments(first: 20) { nodes { id subject { __typename
        ... on Task @defer(label: "task") { title } ... on Post @defer(label: "post") { body } } } } }""",
    "a fragment below aliases and arguments": """query ($first: Int = 2) {
        a: tasks(first: $first) { edges { cursor node { id ... @defer(label: "a") { title } } } }
        b: tasks(first: 1, orderBy: [{title: {}}]) { nodes { ... @defer(label: "b") { title } } } }""",
    "a list": "{ tasks(first: 10) { nodes @stream(initialCount: 3) { id title } } }",
    "a list without a first item": "{ tasks(first: 3) { edges @stream { node { title } } } }",
    "a list that is shorter": "{ tasks(first: 3) { nodes @stream(initialCount: 10) { title } } }",
    "a list in each item": """
        { posts { nodes { id comments(first: 3) { nodes @stream(initialCount: 1, label: "list") { body } } } } }""",
    "a list in a list": """{ posts { nodes @stream(initialCount: 1, label: "outer") {
        comments { nodes @stream(initialCount: 1, label: "inner") { body } } } } }""",
    "a list in a fragment": """{ posts { nodes { id ... @defer(label: "outer") {
        comments { nodes @stream(initialCount: 1, label: "list") { body } } } } } }""",
    "a fragment in a list": """{ posts { nodes @stream(initialCount: 1, label: "list") {
        id ... @defer(label: "inner") { body author { name } } } } }""",
    "conditions": """query ($yes: Boolean = true, $no: Boolean = false) { tasks(first: 3) { nodes { id
        ... @defer(if: $yes, label: "a") { title } ... @defer(if: $no, label: "b") { priority }
        ... @skip(if: $yes) @defer(label: "c") { status } ... @include(if: $yes) @defer(label: "d") { dueAt } } } }""",
    "a single record": """query ($id: ID = "019aa000-0000-7000-8000-000000000000") {
        node(id: $id) { id ... on Task @defer { title } } viewer { user { id ... @defer { name } } } }""",
}


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> IncrementalForm:
    found: IncrementalForm = request.param
    return found


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
async def test_all_parts_together_are_the_response_in_one_part(
    workline: Workline, document: str, form: IncrementalForm, request: pytest.FixtureRequest
) -> None:
    (plain,) = await messages(workline, document, None)
    assert "errors" not in plain
    found = await messages(workline, document, form)
    assert merged(found) == plain
    assert (len(found) > 1) is ("shorter" not in request.node.callspec.id)
