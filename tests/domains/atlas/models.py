"""Tables of the atlas: countries for all organizations, customers of each, and a view of the large ones."""

from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, MetaData, Text
from sqlalchemy.orm import Mapped, mapped_column, registry

from graphql_app.models.base import NAMING_CONVENTION, Base, ReferenceBase, RootBase, TenantBase, ViewBase
from graphql_app.models.columns import page_index
from graphql_app.models.relationships import back, related

METADATA = MetaData(naming_convention=NAMING_CONVENTION)
REGISTRY = registry(metadata=METADATA, type_annotation_map=Base.type_annotation_map)


class Root(RootBase):
    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class Tenant(TenantBase):
    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class Reference(ReferenceBase):
    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class View(ViewBase):
    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class Company(Root):
    """Company that has customers."""

    __tablename__ = "organizations"

    name: Mapped[str] = mapped_column(comment="Name.")


class Continent(Reference):
    """Continent."""

    __tablename__ = "continents"

    name: Mapped[str] = mapped_column(Text, unique=True, comment="Name.")


class Country(Reference):
    """Country."""

    __tablename__ = "countries"

    code: Mapped[str] = mapped_column(Text, unique=True, comment="ISO 3166 code.")
    continent_id: Mapped[UUID] = mapped_column(ForeignKey("continents.id"), comment="ID of the continent.")

    continent: Mapped[Continent] = related(
        doc="Continent of the country.", backref=back("countries", doc="Countries of the continent.")
    )


class Customer(Tenant):
    """Customer of a company."""

    __tablename__ = "customers"
    __table_args__ = (page_index("country_id"),)

    name: Mapped[str] = mapped_column(comment="Name.")
    orders: Mapped[int] = mapped_column(comment="Number of orders.")
    country_id: Mapped[UUID | None] = mapped_column(ForeignKey("countries.id"), comment="ID of the country.")

    country: Mapped[Country | None] = related(
        doc="Country of the customer.", backref=back("customers", doc="Customers in the country.")
    )


class LargeCustomer(View):
    """Customer with more than ten orders."""

    __tablename__ = "large_customers"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id", "id"], ["customers.organization_id", "customers.id"]),
        ForeignKeyConstraint(["country_id"], ["countries.id"]),
    )

    initial: Mapped[str] = mapped_column(comment="First letter of the name.")
    orders: Mapped[int] = mapped_column(comment="Number of orders.")
    country_id: Mapped[UUID | None] = mapped_column(comment="ID of the country.")

    customer: Mapped[Customer] = related(doc="Record of the customer.")
    country: Mapped[Country | None] = related(doc="Country of the customer.")


LARGE = "SELECT organization_id, id, left(name, 1) AS initial, orders, country_id FROM customers WHERE orders > 10"
