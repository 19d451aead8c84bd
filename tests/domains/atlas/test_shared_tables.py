"""Reference tables, which all organizations read, and database views as read-only models."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from asyncpg.exceptions import InsufficientPrivilegeError
from sqlalchemy import Connection, NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

from graphql_app.doctor.facts import Policy, expected
from graphql_app.doctor.security import actual
from graphql_app.execution.request import GraphQLRequest
from graphql_app.migrations.access import CHANGE, offer_to_app, secure, secure_view, share
from graphql_app.migrations.autogenerate import EXCLUDED, is_compared, process_directives
from graphql_app.models.base import new_id
from graphql_app.postgres.roles import APP, SYSTEM, Server
from graphql_app.types.schema import Api
from tests.domains.atlas import api as domain
from tests.domains.atlas.models import LARGE, METADATA
from tests.engine.toy.database import ADMIT_ALL
from tests.engine.toy_api import Toy, toy_on, viewer_of
from tests.support.databases import TestDatabase, connected, empty_database

HERE, THERE = new_id(), new_id()
"""Two organizations."""
CONTINENTS = {name: new_id() for name in ("Africa", "Europe")}
COUNTRIES = {"DE": ("Europe", new_id()), "FR": ("Europe", new_id()), "KE": ("Africa", new_id())}
CUSTOMERS: dict[UUID, list[tuple[str, int, str | None]]] = {
    HERE: [("Ada", 12, "DE"), ("Bo", 3, "DE"), ("Cy", 40, "KE"), ("Di", 11, None)],
    THERE: [("Xi", 50, "DE"), ("Yo", 1, "FR")],
}
INSERT = "INSERT INTO customers (organization_id, id, name, orders, country_id) VALUES ($1, $2, $3, $4, $5)"


async def fill(database: TestDatabase) -> None:
    """Create the tables and their rows."""
    engine = create_async_engine(database.owner.url, connect_args=database.owner.connect_args, poolclass=NullPool)
    tables = [table for table in METADATA.sorted_tables if table.name != "large_customers"]
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all, tables=tables)
        statements = [
            *secure("organizations", CHANGE, tenant="id"),
            *secure("customers", CHANGE),
            *share("continents"),
            *share("countries"),
            *secure_view("large_customers", LARGE),
            ADMIT_ALL,
            *offer_to_app("check_viewer(uuid, uuid, text, integer)"),
        ]
        for statement in statements:
            await connection.execute(text(statement))
    async with connected(database.admin) as admin:
        for name, id in CONTINENTS.items():
            await admin.execute("INSERT INTO continents (id, name) VALUES ($1, $2)", id, name)
        for code, (continent, id) in COUNTRIES.items():
            await admin.execute("INSERT INTO countries VALUES ($1, $2, $3)", id, code, CONTINENTS[continent])
        for organization, customers in CUSTOMERS.items():
            await admin.execute("INSERT INTO organizations (id, name) VALUES ($1, 'Company')", organization)
            for name, orders, home in customers:
                country = None if home is None else COUNTRIES[home][1]
                insert = (
                    "INSERT INTO customers (organization_id, id, name, orders, country_id) VALUES ($1, $2, $3, $4, $5)"
                )
                await admin.execute(insert, organization, new_id(), name, orders, country)


@pytest.fixture(scope="session")
async def atlas_database(postgres: Server) -> AsyncIterator[TestDatabase]:
    async with empty_database(postgres) as database:
        await fill(database)
        yield database


@pytest.fixture(scope="session")
def atlas_api(mode: None) -> Api:
    return domain.build()


@pytest.fixture
async def atlas(atlas_api: Api, atlas_database: TestDatabase) -> AsyncIterator[Toy]:
    async with toy_on(atlas_api, atlas_database.app) as atlas:
        yield atlas


def codes(found: Any) -> list[str]:
    return [each["code"] for each in found["nodes"]]


@pytest.mark.parametrize("organization", [HERE, THERE])
async def test_every_organization_reads_all_rows_of_a_reference_table(atlas: Toy, organization: UUID) -> None:
    query = """query ($id: ID!) {
      countries(orderBy: [{continent: {name: {}}}, {code: {direction: DESC}}]) { totalCount nodes { code } }
      country(id: $id) { code continent { name countries { nodes { code } } } }
      node(id: $id) { __typename id }
    }"""
    id = str(COUNTRIES["FR"][1])
    found = await atlas.fetch(query, organization, id=id)
    assert codes(found["countries"]) == ["KE", "FR", "DE"]
    assert found["countries"]["totalCount"] == 3
    assert found["country"]["continent"]["name"] == "Europe"
    assert sorted(codes(found["country"]["continent"]["countries"])) == ["DE", "FR"]
    assert found["node"] == {"__typename": "Country", "id": id}


COUNTRY = "fragment F on Country { customers { totalCount } }"


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ("{ countries { totalCount nodes { id code } edges { cursor node { id } } pageInfo { hasNextPage } } }", 3600),
        ("{ countries { aggregates { count } groups(by: [{field: CODE}]) { count aggregates { count } } } }", 3600),
        ("{ countries { nodes { continent { name } } } }", 600),
        ("{ countries { nodes { continent { name countries { totalCount } } } } }", 0),
        ("{ countries { nodes { customers { totalCount } } } }", 0),
        (f"{{ countries {{ nodes {{ ...F }} }} }} {COUNTRY}", 0),
        ("{ countries { groups(by: [{relation: CONTINENT}]) { key { continent { name } } } } }", 0),
        ("query A { countries { totalCount } } query B { __schema { queryType { name } } }", 3600),
    ],
)
async def test_a_response_is_reused_for_the_shortest_time_of_its_records(atlas: Toy, query: str, seconds: int) -> None:
    name = "A" if query.startswith("query A") else None
    response = await atlas.executor.execute(
        GraphQLRequest(query, operation_name=name), viewer=viewer_of(HERE), read_only=True
    )
    assert (response.body.get("errors"), response.max_age) == (None, seconds)


@pytest.mark.parametrize("organization", [HERE, THERE])
async def test_rows_that_refer_to_a_reference_table_are_those_of_the_organization(
    atlas: Toy, organization: UUID
) -> None:
    query = """{ countries(orderBy: [{code: {}}]) {
      nodes { code customers(orderBy: [{name: {}}]) { totalCount nodes { name country { code } } } }
    } }"""
    found = (await atlas.fetch(query, organization))["countries"]["nodes"]
    for country in found:
        expected = [name for name, _, code in CUSTOMERS[organization] if code == country["code"]]
        assert [each["name"] for each in country["customers"]["nodes"]] == expected
        assert country["customers"]["totalCount"] == len(expected)
        assert {each["country"]["code"] for each in country["customers"]["nodes"]} <= {country["code"]}


async def test_filters_orders_pages_and_groups_reach_over_a_reference_table(atlas: Toy) -> None:
    query = """query ($after: String) {
      european: customers(filter: {country: {continent: {name: {eq: "Europe"}}}}) { totalCount }
      used: countries(filter: {customers: {some: {orders: {gt: 10}}}}, orderBy: [{code: {}}]) { nodes { code } }
      busiest: countries(orderBy: [{customers: {count: DESC}}], first: 1) { nodes { code } }
      page: customers(orderBy: [{country: {code: {}}}, {name: {}}], first: 2, after: $after) {
        nodes { name } pageInfo { endCursor hasNextPage }
      }
      groups: customers {
        groups(by: [{relation: COUNTRY}]) { key { country { code } } count aggregates { sum { orders } } }
      }
    }"""
    found = await atlas.fetch(query, HERE)
    assert found["european"] == {"totalCount": 2}
    assert codes(found["used"]) == ["DE", "KE"]
    assert codes(found["busiest"]) == ["DE"]
    groups = {
        (each["key"]["country"] or {}).get("code"): (each["count"], each["aggregates"]["sum"]["orders"])
        for each in found["groups"]["groups"]
    }
    assert groups == {"DE": (2, "15"), "KE": (1, "40"), None: (1, "11")}
    assert [each["name"] for each in found["page"]["nodes"]] == ["Ada", "Bo"]
    rest = (await atlas.fetch(query, HERE, after=found["page"]["pageInfo"]["endCursor"]))["page"]
    assert [each["name"] for each in rest["nodes"]] == ["Cy", "Di"]


async def test_a_record_may_refer_to_a_reference_table_and_a_rule_cannot_change_it(
    atlas_api: Api, postgres: Server
) -> None:
    add = "mutation ($input: AddCustomerInput!) { addCustomer(input: $input) { customer { name country { code } } } }"
    create = "mutation ($input: AddCountryInput!) { addCountry(input: $input) { country { code } } }"
    async with empty_database(postgres) as database:
        await fill(database)
        async with toy_on(atlas_api, database.app) as atlas:
            found = await atlas.fetch(add, HERE, input={"name": "Ed", "countryId": str(COUNTRIES["FR"][1])})
            assert found == {"addCustomer": {"customer": {"name": "Ed", "country": {"code": "FR"}}}}
            refused = await atlas.refuse(create, HERE, input={"code": "ES", "continentId": str(CONTINENTS["Europe"])})
            assert refused["code"] == "INTERNAL_SERVER_ERROR"
        async with connected(database.app) as app:
            for statement in ("INSERT INTO continents VALUES (gen_random_uuid(), 'Asia')", "DELETE FROM countries"):
                with pytest.raises(InsufficientPrivilegeError):
                    await app.execute(statement)


@pytest.mark.parametrize("organization", [HERE, THERE])
async def test_a_view_shows_rows_of_the_organization_with_their_relations(atlas: Toy, organization: UUID) -> None:
    query = """{ largeCustomers(orderBy: [{initial: {}}]) {
      totalCount nodes { id initial orders country { code } customer { id name } } aggregates { sum { orders } }
    } }"""
    found = (await atlas.fetch(query, organization))["largeCustomers"]
    expected = [each for each in CUSTOMERS[organization] if each[1] > 10]
    assert found["totalCount"] == len(expected)
    assert found["aggregates"]["sum"]["orders"] == str(sum(orders for _, orders, _ in expected))
    for each, (name, orders, code) in zip(found["nodes"], expected, strict=True):
        assert (each["initial"], each["orders"], each["customer"]["name"]) == (name[0], orders, name)
        assert each["country"] == (None if code is None else {"code": code})
        assert each["id"] == each["customer"]["id"]


async def test_the_doctor_expects_the_policies_and_privileges_of_shared_tables_and_views(
    atlas_database: TestDatabase,
) -> None:
    statements = [*share("continents"), *share("countries"), *secure_view("large_customers", LARGE)]
    wanted = set(expected("\n".join(f"{statement};" for statement in statements)))
    async with connected(atlas_database.admin) as admin:
        assert wanted <= await actual(admin, {APP, SYSTEM})
    assert {each.table for each in wanted if isinstance(each, Policy)} == {"continents", "countries"}


async def test_a_generated_migration_shares_reference_tables_and_creates_no_views(postgres: Server) -> None:
    def generate(connection: Connection) -> str:
        options = {
            "include_object": partial(is_compared, ()),
            "process_revision_directives": process_directives,
            EXCLUDED: (),
        }
        context = MigrationContext.configure(connection, opts={**options, "target_metadata": METADATA})
        script = produce_migrations(context, METADATA)
        process_directives(context, (), [script])
        assert script.upgrade_ops is not None
        return render_python_code(script.upgrade_ops, migration_context=context)

    async with empty_database(postgres) as database:
        engine = create_async_engine(database.owner.url, connect_args=database.owner.connect_args, poolclass=NullPool)
        async with engine.connect() as connection:
            code = await connection.run_sync(generate)
    assert "large_customers" not in code
    for line in ("share('countries')", "share('continents')", "secure('customers', CHANGE)"):
        assert f"run({line})" in code
