"""The kinds that the documentation declares: columns of their types are served like any other."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import strawberry
from sqlalchemy import MetaData
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import Mapped, mapped_column, registry

from graphql_app.models.base import Base, RootBase, TenantBase, new_id
from graphql_app.models.kinds import kind, kind_of
from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, record
from graphql_app.mutations.user_errors import USER_ERRORS
from graphql_app.postgres.roles import Server
from graphql_app.types.declarations import optional
from graphql_app.types.lists import connection
from graphql_app.types.model_type import model_type
from graphql_app.types.records import Node
from graphql_app.types.schema import Api, build_schema
from tests.docs.code_blocks import blocks
from tests.docs.tutorial_steps import steps_of
from tests.engine.toy.database import make_tables
from tests.engine.toy_api import Toy, toy_on
from tests.support.databases import connected, empty_database

METADATA = MetaData()
REGISTRY = registry(metadata=METADATA, type_annotation_map=Base.type_annotation_map)
(EXAMPLE,) = (step.text for step in steps_of("your-own-domain.md") if step.path == "workshop/assets/addresses.py")
(RECIPE,) = (block.text for block in blocks("docs/recipes.md") if "class ColorType(" in block.text)
COLORS: dict[str, Any] = {"__name__": "colors"}
exec(compile(RECIPE, "recipes.md", "exec"), COLORS)
LIBRARY = new_id()


class Root(RootBase):
    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class Tenant(TenantBase):
    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class Network(Root):
    """A network."""

    __tablename__ = "organizations"
    name: Mapped[str] = mapped_column(comment="Name.")


class Host(Tenant):
    """A host."""

    __tablename__ = "hosts"
    address: Mapped[object | None] = mapped_column(INET, comment="Address.")
    color: Mapped[str | None] = mapped_column(COLORS["ColorType"], comment="Color.")


@pytest.fixture(scope="module")
def hosts_api(mode: None) -> Any:
    """Return an API with a column of the documented kind."""
    before = dict(kind._KINDS)
    found: dict[str, Any] = {}
    exec(compile(EXAMPLE, "addresses.py", "exec"), found)
    yield build(found["IPAddress"])
    kind._KINDS.clear()
    kind._KINDS.update(before)
    kind_of.cache_clear()


def build(annotation: Any) -> Api:
    """Return the API of hosts, whose addresses have this annotation."""
    model_type(Network)(type("Network", (Node,), {"__annotations__": {"name": str}}))
    annotations = {"address": annotation | None, "color": COLORS["Color"] | None}
    model_type(Host)(type("Host", (Node,), {"__annotations__": annotations}))
    body = {"__annotations__": annotations, "address": optional("Address."), "color": optional("Color.")}
    added = input_of(Host, "A host.")(type("AddHostInput", (), body))

    @strawberry.type(description="Result.")
    class HostPayload(Payload):
        host = record(Host, "The host.")

    async def add(tx: Any, **given: Any) -> Host:
        """Insert a host."""
        host: Host = await tx.save(Host(organization_id=tx.organization_id, **given))
        return host

    @strawberry.type
    class Query:
        hosts = connection(Host, "The hosts.")

    @strawberry.type
    class Mutation:
        add_host = mutation(add, added, HostPayload, "Add a host.")

    return build_schema(nodes=[Network, Host], queries=[Query], mutations=[Mutation], types=USER_ERRORS)


@pytest.fixture
async def hosts(hosts_api: Api, postgres: Server) -> AsyncIterator[Toy]:
    """Return the API on a separate database."""
    async with empty_database(postgres) as made:
        await make_tables(made, METADATA)
        async with connected(made.admin) as admin:
            await admin.execute("INSERT INTO organizations (id, name) VALUES ($1, 'Network')", LIBRARY)
        async with toy_on(hosts_api, made.app) as toy:
            yield toy


ADD = "mutation ($address: IPAddress) { addHost(input: {address: $address}) { host { address } errors { message } } }"
PAGE = """
query ($filter: HostFilter, $after: String) {
  hosts(filter: $filter, orderBy: [{address: {}}], first: 1, after: $after) {
    nodes { address } pageInfo { endCursor hasNextPage }
    groups(by: [{field: ADDRESS}]) { key { address } count }
  }
}
"""


async def test_a_declared_kind_is_written_read_filtered_sorted_and_grouped(hosts: Toy) -> None:
    for address in ("192.0.2.10", "2001:db8::1", "192.0.2.9", None):
        added = (await hosts.fetch(ADD, LIBRARY, address=address))["addHost"]
        assert added == {"host": {"address": address}, "errors": []}
    seen, after = [], None
    for more in (True, True, True, False):
        page = (await hosts.fetch(PAGE, LIBRARY, after=after))["hosts"]
        seen += [node["address"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        assert page["pageInfo"]["hasNextPage"] is more
        assert {each["key"]["address"]: each["count"] for each in page["groups"]} == dict.fromkeys(
            ["192.0.2.10", "2001:db8::1", "192.0.2.9", None], 1
        )
    assert seen == ["192.0.2.9", "192.0.2.10", "2001:db8::1", None]
    found = (await hosts.fetch(PAGE, LIBRARY, filter={"address": {"gt": "192.0.2.9", "lt": "2001:db8::"}}))["hosts"]
    assert found["nodes"] == [{"address": "192.0.2.10"}]


async def test_a_text_that_is_no_value_of_the_kind_is_refused(hosts: Toy) -> None:
    assert (await hosts.respond(ADD, LIBRARY, address="192.0.2.300")).codes == ["BAD_USER_INPUT"]


PAINT = """
mutation ($color: Color) { addHost(input: {color: $color}) { host { color } errors { message } } }
"""
PAINTED = "query ($color: Color!) { hosts(filter: {color: {eq: $color}}) { totalCount } }"


async def test_the_scalar_of_the_recipe_is_written_read_and_filtered(hosts: Toy) -> None:
    added = (await hosts.fetch(PAINT, LIBRARY, color="#A0B1C2"))["addHost"]
    assert added == {"host": {"color": "#a0b1c2"}, "errors": []}
    assert (await hosts.fetch(PAINTED, LIBRARY, color="#A0b1c2"))["hosts"] == {"totalCount": 1}
    refused = await hosts.respond(PAINT, LIBRARY, color="red")
    assert refused.codes == ["BAD_USER_INPUT"]
