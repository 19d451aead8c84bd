"""Tables without an organization, and ambiguous names in the API: refused when the schema is built."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import pytest
import strawberry
from sqlalchemy import Column, MetaData, Table, Text
from sqlalchemy.orm import Mapped, mapped_column, registry
from strawberry import ID

from graphql_app.models.base import Base, RootBase, SystemBase, TenantBase
from graphql_app.models.columns import Choice
from graphql_app.models.relationships import related, tenant_key
from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, record
from graphql_app.types import registry as types_registry
from graphql_app.types.declarations import argument, enum, resolved
from graphql_app.types.lists import connection, filtered_list
from graphql_app.types.model_type import extends, model_type
from graphql_app.types.records import Node
from graphql_app.types.relations import to_one
from graphql_app.types.schema import build_schema
from graphql_app.types.schema_checks import SchemaMismatch


class World:
    """Models of one test on their own metadata: an organization, and the models that the test adds."""

    def __init__(self) -> None:
        metadata = MetaData()
        mapping = registry(metadata=metadata, type_annotation_map=Base.type_annotation_map)
        own = {"__abstract__": True, "metadata": metadata, "registry": mapping, "_sa_registry": mapping}
        self.metadata = metadata
        self.bases: dict[type, Any] = {
            kind: type(f"Own{kind.__name__}", (kind,), own) for kind in (Base, RootBase, SystemBase, TenantBase)
        }
        self.models: list[type[Base]] = []  # a registry holds only weak references
        self.nodes: list[type[Base]] = [self.model("Company", "organizations", RootBase, name=str)]
        model_type(self.nodes[0])(type("Company", (Node,), {"__annotations__": {"name": str}}))

    def model(self, name: str, table: str, base: type = TenantBase, /, **columns: Any) -> type[Base]:
        """Declare a model with these columns but without a type."""
        body: dict[str, Any] = {"__tablename__": table, "__module__": __name__, "__doc__": f"A {name}."}
        body["__annotations__"] = {each: Mapped[kind] for each, kind in columns.items()}  # type: ignore[valid-type]
        body |= {each: mapped_column(comment=f"Its {each}.") for each in columns}
        if base in (Base, SystemBase):
            body["id"] = mapped_column(primary_key=True, comment="Its id.")
            body["__annotations__"]["id"] = Mapped[UUID]
        made: type[Base] = type(name, (self.bases[base],), body)
        self.models.append(made)
        return made

    def shown(self, name: str, table: str, base: type = TenantBase, /, **columns: Any) -> type[Base]:
        """Declare a model with these columns, and a type with all of them."""
        made = self.model(name, table, base, **columns)
        model_type(made)(type(name, (Node,), {"__annotations__": columns}))
        self.nodes.append(made)
        return made

    def refusal(self, *queries: type, mutations: Sequence[type] = (), types: Sequence[type] = ()) -> list[str]:
        """Return the lines of the message that refuses the schema."""
        roots = queries or (self.root(),)
        with pytest.raises(SchemaMismatch) as refused:
            build_schema(nodes=self.nodes, queries=roots, mutations=mutations, types=types)
        return [line.strip() for line in str(refused.value).splitlines()[1:]]

    def root(self, **fields: Any) -> type:
        """Return a class of root fields: a list of each model, and these fields."""
        lists = {f"all_{each.__tablename__}": connection(each, "All of them.") for each in self.nodes}
        return strawberry.type(type("Query", (), {"__module__": __name__, **lists, **fields}))

    def build(self, *queries: type) -> str:
        """Build the schema, which must be accepted."""
        return build_schema(nodes=self.nodes, queries=queries or (self.root(),)).sdl


@pytest.fixture
def world() -> Iterator[World]:
    before = dict(types_registry._TYPES)
    world = World()
    yield world
    for model in [*types_registry._TYPES]:
        if model not in before:
            types_registry._EXTENSIONS.pop(model, None)
            del types_registry._TYPES[model]


def test_a_model_without_an_organization_is_refused(world: World) -> None:
    world.shown("Currency", "currencies", Base, name=str)
    (line,) = world.refusal()
    assert line.startswith("Currency: its table currencies has no organization_id")
    assert "TenantBase" in line


def test_a_table_without_an_organization_is_refused_even_without_a_type(world: World) -> None:
    world.model("Currency", "currencies", Base, name=str)
    Table("zones", world.metadata, Column("name", Text, primary_key=True))
    world.model("Loose", "loose", Base, organization_id=UUID | None)
    assert [line.partition(" has no ")[0] for line in world.refusal()] == [
        "Currency: its table currencies",
        "the table zones",
        "Loose: its table loose",
    ]


def test_a_system_table_needs_no_organization_without_a_type(world: World) -> None:
    world.model("Counter", "counters", SystemBase, number=str)
    world.build()
    world.shown("Gauge", "gauges", SystemBase, number=str)
    assert [line.partition(" has no ")[0] for line in world.refusal()] == ["Gauge: its table gauges"]


def test_a_second_table_of_organizations_is_refused(world: World) -> None:
    world.shown("Region", "regions", RootBase, name=str)
    (line,) = world.refusal()
    assert line.startswith("Region: its table regions has no organization_id")


def test_two_columns_with_one_api_name_are_refused(world: World) -> None:
    world.shown("Address", "addresses", line_1=str, line1=str, city=str)
    assert world.refusal() == ["Address: the fields line_1 and line1 are both `line1` in the API; rename one"]


def test_every_collision_is_reported(world: World) -> None:
    world.shown("Address", "addresses", line_1=str, line1=str, zip_2=str, zip2=str)
    world.shown("Place", "places", line_1=str, line1=str)
    world.shown("Currency", "currencies", Base, name=str)
    assert sorted(line.partition(" and ")[0] for line in world.refusal()) == [
        "Address: the fields line_1",
        "Address: the fields zip_2",
        "Currency: its table currencies has no organization_id that is always set, so that row-level security would "
        "hide its rows; derive the model from TenantBase, or from ReferenceBase if all organizations read the same "
        "rows",
        "Place: the fields line_1",
    ]


def test_a_column_and_a_computed_field_of_one_name_are_refused(world: World) -> None:
    address = world.shown("Address", "addresses", line_1=str)

    @extends(address)
    class More:
        @resolved
        def line1(self) -> str:
            """Return the line again."""
            return ""

    assert world.refusal() == ["Address: the fields line_1 and line1 are both `line1` in the API; rename one"]


def test_a_column_named_like_a_combinator_of_filters_is_refused(world: World) -> None:
    world.shown("Address", "addresses", and_=str)
    (line,) = world.refusal()
    assert line.startswith("AddressFilter: two fields are named and_")


def test_one_relationship_may_have_two_names(world: World) -> None:
    street = world.shown("Street", "streets", label=str)
    body: dict[str, Any] = {
        "__tablename__": "houses",
        "__doc__": "A house.",
        "__table_args__": (tenant_key("street_id", "streets"),),
        "__annotations__": {"street_id": Mapped[UUID], "street": Mapped[street]},  # type: ignore[valid-type]
        "street_id": mapped_column(comment="Its street's id."),
        "street": related(doc="Its street."),
    }
    house: Any = type("House", (world.bases[TenantBase],), body)
    model_type(house)(type("House", (Node,), {"street": to_one(house.street), "road": to_one(house.street)}))
    world.nodes.append(house)
    sdl = world.build()
    assert sdl.count("  road: Street!\n") == 1
    assert sdl.partition("input HouseFilter ")[2].partition("}")[0].count("street: StreetFilter") == 1


def test_group_keys_that_differ_in_case_are_refused(world: World) -> None:
    world.shown("Address", "addresses", line=str, LINE=str)
    (line,) = world.refusal()
    assert line == "AddressGroupField: line and LINE are both `LINE` in the API; rename one"


def test_two_arguments_of_one_name_are_refused(world: World) -> None:
    address = world.shown("Address", "addresses", city=str)
    more = argument("order_by", str, "Another order.")
    world_root = world.root(nearby=filtered_list(address, "Those nearby.", lambda context, arguments: None, (), more))  # type: ignore[arg-type, return-value]
    assert world.refusal(world_root) == [
        "Query.nearby: the arguments order_by and order_by are both `orderBy` in the API; rename one"
    ]


def test_a_type_named_like_a_generated_type_is_refused(world: World) -> None:
    world.shown("Address", "addresses", city=str)
    world.shown("AddressConnection", "connections", city=str)
    world.shown("AddressFilter", "filters", city=str)
    found = [line.partition(": ")[0] for line in world.refusal()]
    assert found == ["AddressConnection", "AddressFilter"]


@pytest.mark.parametrize("name", ["Query", "Mutation", "DateTime", "String", "PageInfo", "Node"])
def test_a_type_named_like_a_type_of_the_engine_is_refused(world: World, name: str) -> None:
    world.shown(name, "addresses", city=str)
    assert world.refusal()[0].partition(": ")[0] == name


def test_an_enum_named_like_another_type_is_refused(world: World) -> None:
    @enum
    class Company(Choice):
        """Where it is."""

        HERE = "HERE", "Here."

    @strawberry.type
    class Query:
        @resolved
        def where(self) -> Company:
            """Where we are."""
            return Company.HERE

    (line,) = world.refusal(world.root(), Query)
    assert line.startswith("Company: ")
    assert f"{__name__}." in line


def test_root_fields_of_two_domains_are_refused(world: World) -> None:
    fields = {"all_2": connection(world.nodes[0], "All of them."), "all2": connection(world.nodes[0], "All of them.")}
    (line,) = world.refusal(
        world.root(all_2=fields["all_2"]), strawberry.type(type("Others", (), {"all2": fields["all2"]}))
    )
    assert line.startswith("Query: the fields ")
    assert "Others.all2" in line
    assert "Query.all_2" in line


async def rename(tx: Any, *, id: UUID) -> Any:
    raise AssertionError("The schema is only checked.")


def test_input_and_payload_names_of_mutations_are_checked(world: World) -> None:
    address = world.shown("Address", "addresses", city=str)

    @input_of(address, "What to rename.")
    class RenameInput:
        id: ID = strawberry.field(description="The id.")

    @strawberry.type(name="RenameInput", description="What was renamed.")
    class RenamePayload(Payload):
        line_1 = record(address, "One.")
        line1 = record(address, "The other.")

    @strawberry.type
    class Mutation:
        rename = mutation(rename, RenameInput, RenamePayload, "Rename.")

    assert [line.partition(" and ")[0] for line in world.refusal(world.root(), mutations=[Mutation])] == [
        "RenameInput: the fields line_1",
        f"RenameInput: {__name__}.test_input_and_payload_names_of_mutations_are_checked.<locals>.RenamePayload",
    ]
