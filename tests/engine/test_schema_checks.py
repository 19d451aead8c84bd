"""Schema that does not match its tables: refused when it is built, with the place of the mismatch."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import strawberry
from sqlalchemy import BigInteger, MetaData, SmallInteger
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, registry
from strawberry import ID

from graphql_app.models.base import Base, RootBase, TenantBase
from graphql_app.models.columns import Choice, choice
from graphql_app.models.relationships import related, tenant_key
from graphql_app.types import registry as types_registry
from graphql_app.types.aggregates import aggregates_type
from graphql_app.types.connections import connection_type, edge_type
from graphql_app.types.declarations import enum, field, public, resolved
from graphql_app.types.filters import filter_type, quantified
from graphql_app.types.groups import group_by_type, group_key_type, group_keys, group_type
from graphql_app.types.lists import connection, to_many
from graphql_app.types.model_type import model_type
from graphql_app.types.ordering import order_type
from graphql_app.types.records import Node
from graphql_app.types.relations import to_one, to_one_of
from graphql_app.types.schema import Api, build_schema
from graphql_app.types.schema_checks import SchemaMismatch
from tests.engine.toy.initials import InitialField

METADATA = MetaData()
MADE_BY_MODEL = (
    *(aggregates_type, connection_type, edge_type, filter_type, group_by_type),
    *(group_key_type, group_keys, group_type, order_type, quantified),
)
"""Objects that are created once per model, although each test has another type for it."""
REGISTRY = registry(metadata=METADATA, type_annotation_map=Base.type_annotation_map)


class Root(RootBase):
    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class Tenant(TenantBase):
    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class Size(Choice):
    """Size of a plant."""

    SMALL = "SMALL", "Not large."


class Garden(Root):
    """A garden."""

    __tablename__ = "organizations"

    name: Mapped[str] = mapped_column(comment="Its name.")


class Plant(Tenant):
    """A plant."""

    __tablename__ = "plants"
    __table_args__ = (tenant_key("neighbor_id", "plants"),)

    neighbor_id: Mapped[UUID | None] = mapped_column(comment="The id of the plant beside it.")
    name: Mapped[str] = mapped_column(comment="Its name.")
    height: Mapped[int | None] = mapped_column(SmallInteger, comment="Its height.")
    price: Mapped[Decimal] = mapped_column(comment="Its price.")
    size: Mapped[Size] = mapped_column(choice(Size, "size"), comment="Its size.")
    planted_at: Mapped[datetime | None] = mapped_column(comment="When it was planted.")
    untold: Mapped[str] = mapped_column()
    weight: Mapped[float] = mapped_column(comment="Its weight.")
    leaves: Mapped[int] = mapped_column(BigInteger, comment="How many leaves it has.")
    words: Mapped[str] = mapped_column(TSVECTOR, comment="Words of its name.")
    garden: Mapped[Garden] = related(doc="The garden it grows in.")
    neighbor: Mapped["Plant | None"] = related(
        remote_side="[Plant.organization_id, Plant.id]", doc="The plant beside it."
    )
    weeds: Mapped[list["Weed"]] = related(back_populates="plant", doc="What disturbs it.")


class Weed(Tenant):
    """Weed without a type."""

    __tablename__ = "weeds"
    __table_args__ = (tenant_key("plant_id", "plants"),)

    plant_id: Mapped[UUID] = mapped_column(comment="The id of the plant it disturbs.")
    plant: Mapped[Plant] = related(back_populates="weeds", doc="The plant it disturbs.")


@pytest.fixture(autouse=True)
def garden() -> Iterator[None]:
    """Remove the types after each test, because each declares its own."""

    @model_type(Garden)
    class GardenView(Node):
        name: str

    yield
    for model in (Garden, Plant, Weed):
        types_registry._TYPES.pop(model, None)
    for made in MADE_BY_MODEL:
        made.cache_clear()


def build() -> Api:
    @strawberry.type
    class Query:
        plants = connection(Plant, "The plants.")

    return build_schema(nodes=[Garden, Plant], queries=[Query])


def declare(**body: Any) -> None:
    """Declare a type of plants with these annotations and fields."""
    annotations = {name: value for name, value in body.items() if not hasattr(value, "python_name")}
    fields = {name: value for name, value in body.items() if name not in annotations}
    model_type(Plant)(type("PlantView", (Node,), {"__annotations__": annotations, **fields}))


def test_a_matching_schema_is_built() -> None:
    declare(name=str, height=int | None, price=Decimal, size=Size, planted_at=datetime | None, neighbor_id=ID | None)
    sdl = build().sdl
    assert "  height: Int\n" in sdl
    assert "  price: Decimal!\n" in sdl
    assert "  size: Size!\n" in sdl
    assert "  neighborId: ID\n" in sdl


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"color": str}, "color: the table plants has no such column"),
        ({"name": str | None}, "name: the column is not nullable and the field is nullable"),
        ({"height": int}, "height: the column is nullable and the field is not nullable"),
        ({"name": int}, "name: the column holds str, the field has type"),
        ({"price": str}, "price: the column holds Decimal, the field has type"),
        ({"planted_at": str | None}, "planted_at: the column holds datetime, the field has type"),
        ({"size": str}, "size: the column holds Size, the field has type"),
        ({"neighbor_id": str | None}, "neighbor_id: the column holds UUID, the field has type"),
        ({"weight": int}, "weight: the column holds float, the field has type int"),
        ({"leaves": int}, "leaves: the column holds BigInt, the field has type int"),
        ({"words": str}, "words: there is no scalar for TSVECTOR"),
        ({"untold": str}, "untold: it has no description"),
        ({"initial": InitialField("height", "Its initial.")}, "initial: the column height holds no text"),
        ({"weeds": to_many(Plant.weeds)}, "weeds: No type is declared for Weed"),
        ({"plant": to_one(Weed.plant)}, "plant: Weed.plant is a relationship of another model"),
        (
            {"thing": to_one_of("Thing", Plant.neighbor, Weed.plant, description="Something.")},
            "thing: Weed.plant is a relationship of another model",
        ),
    ],
)
def test_a_mismatch_is_refused(body: dict[str, Any], what: str) -> None:
    declare(**body)
    with pytest.raises(SchemaMismatch, match=f"PlantView.{what}"):
        build()


def test_a_restricted_column_must_be_nullable() -> None:
    @model_type(Plant)
    class PlantView(Node):
        price: Decimal = field(roles=["OWNER"], as_null=True)

    with pytest.raises(SchemaMismatch, match=r"PlantView\.price: some viewers get null, so its type must allow null"):
        build()


def test_every_mismatch_is_reported() -> None:
    declare(color=str, height=int, price=str)
    with pytest.raises(SchemaMismatch) as refused:
        build()
    for name in ("color", "height", "price"):
        assert f"  PlantView.{name}: " in str(refused.value)


def test_a_root_field_of_a_model_without_a_type_is_refused() -> None:
    with pytest.raises(types_registry.UnknownModelType, match="No type is declared for Plant"):
        build()


def test_a_model_needs_a_docstring() -> None:
    class Undescribed(Tenant):
        __tablename__ = "undescribed"

    with pytest.raises(TypeError, match=r"Undescribed.* needs a docstring"):
        model_type(Undescribed)(type("UndescribedView", (Node,), {}))


@pytest.mark.parametrize("declared", [resolved, public])
def test_a_resolver_needs_a_docstring(declared: Any) -> None:
    def silent(self: Any) -> str:
        return ""

    with pytest.raises(TypeError, match=r"silent.* needs a docstring"):
        declared(silent)


def test_an_enum_needs_a_docstring_and_a_description_of_each_value() -> None:
    class Silent(Choice):
        A = "A", "One."

    class Mumbling(Choice):
        """Without descriptions."""

        A = "A"

    with pytest.raises(TypeError, match=r"Silent.* needs a docstring"):
        enum(Silent)
    with pytest.raises(TypeError, match=r"Mumbling\.A.* needs a description"):
        enum(Mumbling)
