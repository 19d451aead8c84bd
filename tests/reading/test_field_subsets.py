"""Parts of lists, each alone: plans and resolvers return the same."""

from collections.abc import Iterator

import pytest

from graphql_app.types.schema import Api
from tests.support.api import Workline

PARTS = (
    "totalCount",
    "nodes { __typename }",
    "nodes { id }",
    "edges { cursor }",
    "edges { node { id } }",
    "pageInfo { hasNextPage }",
    "pageInfo { hasPreviousPage }",
    "pageInfo { startCursor }",
    "pageInfo { endCursor }",
    "aggregates { count }",
    "__typename",
)


def lists(api: Api) -> dict[str, list[str]]:
    """Yield the lists of records at the root, and those of the records in each of them, without histories."""
    schema = api.graphql_schema
    assert schema.query_type is not None
    roots = {name: field.type for name, field in schema.query_type.fields.items() if "orderBy" in field.args}
    listed = {root: kind.fields["nodes"].type.of_type.of_type.of_type for root, kind in roots.items()}
    records = {root: kind.fields for root, kind in listed.items() if kind.interfaces}
    return {
        root: [name for name, field in fields.items() if "orderBy" in field.args and name != "history"]
        for root, fields in records.items()
    }


def everywhere(api: Api, page: str, part: str) -> Iterator[str]:
    """Return the same part of every list, at the root and of each record."""
    for root, relations in lists(api).items():
        yield f"{root}({page}) {{ {part} }}"
        if relations:
            inner = " ".join(f"{name}({page}) {{ {part} }}" for name in relations)
            yield f"of_each_of_{root}: {root} {{ nodes {{ {inner} }} }}"


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("page", ["first: 1", "last: 1"])
async def test_plans_and_resolvers_return_the_same_part(
    workline_api: Api, planned: Workline, resolved: Workline, page: str, part: str
) -> None:
    assert len(lists(workline_api)) == len(workline_api.nodes)
    selections = list(everywhere(workline_api, page, part))
    for half in selections[::2], selections[1::2]:  # all of them exceed the number of lists in one operation
        query = f"{{ {' '.join(half)} }}"
        assert await planned.fetch(query) == await resolved.fetch(query)
