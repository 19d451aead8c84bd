"""Form of the examples. Tests with a server execute them on the real schema."""

import pytest
from graphql import FieldNode, InlineFragmentNode, OperationDefinitionNode, SelectionSetNode, parse

from tests.playground.examples import Example, load_examples

each_example = pytest.mark.parametrize("example", load_examples(), ids=lambda example: example.name)


def response_keys(selections: SelectionSetNode | None) -> set[str]:
    """Yield the response keys of the leaves of a selection."""
    keys = set[str]()
    for node in selections.selections if selections else ():
        assert isinstance(node, FieldNode | InlineFragmentNode)
        if isinstance(node, FieldNode) and not node.selection_set:
            keys.add((node.alias or node.name).value)
        keys |= response_keys(node.selection_set)
    return keys


def test_titles_are_unique() -> None:
    titles = [example.title for example in load_examples()]
    assert len(titles) >= 10
    assert len(set(titles)) == len(titles)


@each_example
def test_an_example_has_a_title_and_one_named_operation(example: Example) -> None:
    assert example.title
    assert example.operation.name


@each_example
def test_every_variable_of_an_example_has_a_value(example: Example) -> None:
    declared = {node.variable.name.value for node in example.operation.variable_definitions or ()}
    given = set(example.variables or {})
    if example.variables_from:
        (source,) = parse(example.variables_from).definitions
        assert isinstance(source, OperationDefinitionNode)
        given |= response_keys(source.selection_set)
    assert given == declared


def test_variables_are_the_leaves_of_a_response() -> None:
    example = Example("", "query Q($ids: [ID!]!, $id: ID, $after: String) { a(ids: $ids, id: $id, after: $after) }")
    answer = {"tasks": {"nodes": [{"ids": "1", "id": "a"}, {"ids": "2", "id": "b"}]}, "other": 3}
    assert example.pick_variables(answer) == {"ids": ["1", "2"], "id": "a"}
