"""Every entity as a list and by its id, with the values of its table."""

import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type
from sqlalchemy.orm import Mapper

from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.types.schema import Api
from tests.reading.oracle import entities, name_of, records
from tests.support.api import Workline

COMPUTED = {"ApiKey.scopes", "Job.progress", "Organization.currency", "Task.isOverdue"}
"""Fields without a column, which have their own tests."""
each_entity = pytest.mark.parametrize("mapper", entities(), ids=name_of)


def type_of(api: Api, mapper: Mapper[object]) -> GraphQLObjectType:
    """Return the type of an entity."""
    kind = api.graphql_schema.type_map[name_of(mapper)]
    assert isinstance(kind, GraphQLObjectType)
    return kind


def columns(kind: GraphQLObjectType) -> list[str]:
    """Return the fields of a type for columns."""
    leaves = [name for name, field in kind.fields.items() if is_leaf_type(get_named_type(field.type))]
    return [name for name in leaves if f"{kind.name}.{name}" not in COMPUTED]


def root(api: Api, kind: GraphQLObjectType, *arguments: str) -> str:
    """Return the root field with these arguments that returns records of a type, or a list of them."""
    assert api.graphql_schema.query_type is not None
    shown, fields = {kind.name, f"{kind.name}Connection"}, api.graphql_schema.query_type.fields
    (found,) = [
        name
        for name, field in fields.items()
        if get_named_type(field.type).name in shown and {*field.args} >= {*arguments}
    ]
    return str(found)


def test_every_entity_is_in_the_api(workline_api: Api) -> None:
    assert {name_of(each) for each in entities()} == {model.__name__ for model in workline_api.nodes}


@each_entity
async def test_all_records_are_listed_with_their_values(
    workline: Workline, workline_api: Api, plain: DriverConnection, mapper: Mapper[object]
) -> None:
    kind, expected = type_of(workline_api, mapper), await records(plain, mapper)
    fields, name = columns(kind), root(workline_api, kind, "orderBy")
    data = await workline.fetch(f"{{ {name} {{ totalCount nodes {{ {' '.join(fields)} }} }} }}")
    assert data[name]["nodes"] == [{field: row[field] for field in fields} for row in expected]
    assert data[name]["totalCount"] == len(expected) > 0


@each_entity
async def test_a_record_is_found_by_its_id_in_three_ways(
    workline: Workline, workline_api: Api, plain: DriverConnection, mapper: Mapper[object]
) -> None:
    kind, (first, *others) = type_of(workline_api, mapper), await records(plain, mapper)
    selected = f"{{ __typename ... on {kind.name} {{ {' '.join(columns(kind))} }} }}"
    data = await workline.fetch(
        f"query ($id: ID!, $ids: [ID!]!) {{ record: {root(workline_api, kind, 'id')}(id: $id) {selected} "
        f"node(id: $id) {selected} nodes(ids: $ids) {selected} }}",
        id=first["id"],
        ids=[each["id"] for each in reversed([first, *others])],
    )
    shown = [{"__typename": kind.name} | {field: row[field] for field in columns(kind)} for row in (first, *others)]
    assert data == {"record": shown[0], "node": shown[0], "nodes": shown[::-1]}


def test_fields_without_a_column_are_known(workline_api: Api) -> None:
    for mapper in entities():
        kind = type_of(workline_api, mapper)
        names = {column.name.replace("_", "").lower() for column in mapper.local_table.columns}
        assert not [field for field in columns(kind) if field.lower() not in names], kind.name
