"""GraphQL types of the atlas, and a mutation that adds a customer."""

from uuid import UUID

import strawberry
from strawberry import ID

from graphql_app.database.transaction import WriteTransaction
from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, record
from graphql_app.sql.edges import reverse
from graphql_app.types.declarations import cached, field
from graphql_app.types.lists import connection, to_many
from graphql_app.types.model_type import model_type
from graphql_app.types.records import Node, by_id
from graphql_app.types.relations import to_one
from graphql_app.types.schema import Api, build_schema
from tests.domains.atlas import models as m


@model_type(m.Company)
class Company(Node):
    name: str


@model_type(m.Continent)
class Continent(Node):
    name: str

    countries = to_many(reverse(m.Country.continent))


@model_type(m.Country)
class Country(Node):
    code: str

    continent = cached(600)(to_one(m.Country.continent))
    customers = to_many(reverse(m.Customer.country))


@model_type(m.Customer)
class Customer(Node):
    name: str
    orders: int

    country = to_one(m.Customer.country)


@model_type(m.LargeCustomer)
class LargeCustomer(Node):
    initial: str
    orders: int

    customer = to_one(m.LargeCustomer.customer)
    country = to_one(m.LargeCustomer.country)


@strawberry.type
class Query:
    country = by_id(m.Country, "Country with this ID.")
    countries = cached(3600)(connection(m.Country, "Countries."))
    customers = connection(m.Customer, "Customers.")
    large_customers = connection(m.LargeCustomer, "Customers with more than ten orders.")


@input_of(m.Customer, "Input of `addCustomer`.")
class AddCustomerInput:
    name: str = field("Name.")
    country_id: ID = field("ID of the country.")


@strawberry.type(description="Payload of `addCustomer`.")
class AddCustomerPayload(Payload):
    customer = record(m.Customer, "The customer; null if there are errors.")


@input_of(m.Country, "Input of `addCountry`.")
class AddCountryInput:
    code: str = field("ISO 3166 code.")
    continent_id: ID = field("ID of the continent.")


@strawberry.type(description="Payload of `addCountry`.")
class AddCountryPayload(Payload):
    country = record(m.Country, "The country; null if there are errors.")


async def add_customer(tx: WriteTransaction, *, name: str, country_id: UUID) -> m.Customer:
    """Add a customer without orders."""
    return await tx.save(m.Customer(organization_id=tx.organization_id, name=name, orders=0, country_id=country_id))


async def add_country(tx: WriteTransaction, *, code: str, continent_id: UUID) -> m.Country:
    """Add a country, which no rule may do."""
    return await tx.save(m.Country(code=code, continent_id=continent_id))


@strawberry.type
class Mutation:
    add_customer = mutation(add_customer, AddCustomerInput, AddCustomerPayload, "Add a customer.")
    add_country = mutation(add_country, AddCountryInput, AddCountryPayload, "Add a country.")


def build() -> Api:
    """Return the API."""
    nodes = [m.Company, m.Continent, m.Country, m.Customer, m.LargeCustomer]
    return build_schema(nodes=nodes, queries=[Query], mutations=[Mutation])
