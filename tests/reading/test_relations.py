"""Every relation of every entity, in both directions, with the rows of the foreign keys."""

import pytest
from graphql import GraphQLField, GraphQLObjectType, GraphQLUnionType, get_named_type
from sqlalchemy.orm import RelationshipProperty

from graphql_app.names import camel_case
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.types.schema import Api
from tests.reading.oracle import name_of, related, relations
from tests.reading.test_records import root, type_of
from tests.support.api import Json, Workline

Relation = RelationshipProperty[object]
each_relation = pytest.mark.parametrize("relation", relations(), ids=str)


def shown_by(api: Api, kind: GraphQLObjectType, relation: Relation) -> tuple[str, GraphQLField]:
    """Return the field of a relation: of the same name, or a union field for several exclusive relations."""
    name = camel_case(relation.key)
    if name in kind.fields:
        return name, kind.fields[name]
    target = api.graphql_schema.type_map[name_of(relation.mapper)]
    named = ((name, field, get_named_type(field.type)) for name, field in kind.fields.items())
    (found,) = [(name, field) for name, field, of in named if isinstance(of, GraphQLUnionType) and target in of.types]
    return found


def ids(value: Json | None, target: str) -> list[str]:
    """Return the ids of the records of a type in a field: a list, one, or none."""
    if value is None:
        return []
    return [node["id"] for node in value.get("nodes", [value]) if node["__typename"] == target]


@each_relation
async def test_a_relation_returns_the_rows_of_the_foreign_keys(
    workline: Workline, workline_api: Api, plain: DriverConnection, relation: Relation
) -> None:
    kind, target = type_of(workline_api, relation.parent), name_of(relation.mapper)
    name, field = shown_by(workline_api, kind, relation)
    one = f"__typename ... on {target} {{ id }}"
    selected = f"{{ nodes {{ {one} }} totalCount }}" if "orderBy" in field.args else f"{{ {one} }}"
    records = root(workline_api, kind, "orderBy")
    data = await workline.fetch(f"{{ {records} {{ nodes {{ id {name} {selected} }} }} }}")
    expected = await related(plain, relation)
    assert {node["id"]: ids(node[name], target) for node in data[records]["nodes"]} == expected
    assert any(expected.values()), "otherwise the relation is not tested"
    for node in data[records]["nodes"]:
        if "orderBy" in field.args:
            assert node[name]["totalCount"] == len(expected[node["id"]])


def test_every_relation_has_an_inverse() -> None:
    links = [each.secondary if each.secondary is not None else _compared(each) for each in relations()]
    assert {links.count(link) for link in links} == {2}


def _compared(relation: Relation) -> frozenset[frozenset[object]]:
    """Return the columns that a relation compares, in either direction."""
    return frozenset(frozenset(pair) for pair in relation.local_remote_pairs or ())
