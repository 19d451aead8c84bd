"""A folder of the domain brings its edges in both directions; those that it refers to know nothing of it."""

from collections.abc import Iterator
from uuid import UUID

import pytest
import strawberry
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped, mapped_column, registry

from graphql_app.models.base import Base, RootBase, TenantBase
from graphql_app.models.relationships import back, related, tenant_key
from graphql_app.sql.edges import Kind, edge_of, reverse
from graphql_app.types import registry as views
from graphql_app.types.declarations import resolved
from graphql_app.types.fields import to_one
from graphql_app.types.lists import connection, to_many
from graphql_app.types.model_type import extends, model_type
from graphql_app.types.records import Node
from graphql_app.types.schema import Api, build_schema

METADATA = MetaData()
REGISTRY = registry(metadata=METADATA, type_annotation_map=Base.type_annotation_map)


class HarbourBase(RootBase):
    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class ShipBase(TenantBase):
    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class Harbour(HarbourBase):
    """A harbour, which has never heard of ships."""

    __tablename__ = "organizations"

    name: Mapped[str] = mapped_column(comment="Its name.")


class Ship(ShipBase):
    """A ship."""

    __tablename__ = "ships"
    __table_args__ = (tenant_key("towed_by_id", "ships"),)

    towed_by_id: Mapped[UUID | None] = mapped_column(comment="The id of the ship in front.")
    harbour: Mapped[Harbour] = related(
        backref=back("ships", doc="The ships at home in it."), doc="Where it is at home."
    )
    towed_by: Mapped["Ship | None"] = related(
        remote_side="[Ship.organization_id, Ship.id]", doc="The ship in front, which knows nothing of it."
    )


@model_type(Harbour)
class HarbourView(Node):
    name: str


@model_type(Ship)
class ShipView(Node):
    harbour = to_one(Ship.harbour)


@extends(Harbour)
class HarbourShips:
    ships = to_many(reverse(Ship.harbour))

    @resolved
    def is_open(self) -> bool:
        """Whether ships may enter."""
        return True


@strawberry.type
class Query:
    harbours = connection(Harbour, "The harbours.")
    ships = connection(Ship, "The ships.")


def build() -> Api:
    return build_schema(nodes=[Harbour, Ship], queries=[Query])


@pytest.fixture
def extensions() -> Iterator[list[type]]:
    """Those of the harbour; what a test adds is forgotten after it."""
    known = views._EXTENSIONS[Harbour]
    before = list(known)
    yield known
    known[:] = before


def test_the_way_back_is_an_edge_like_any_other() -> None:
    edge = edge_of(reverse(Ship.harbour))
    assert (edge.name, edge.kind, edge.source, edge.target) == ("ships", Kind.CHILDREN, Harbour, Ship)
    assert reverse(reverse(Ship.harbour)).key == "harbour"


def test_the_way_back_is_only_read_and_only_when_asked_for() -> None:
    way = reverse(Ship.harbour).property
    assert (way.viewonly, way.lazy, way.doc) == (True, "raise", "The ships at home in it.")


def test_a_relationship_without_a_way_back_says_so() -> None:
    with pytest.raises(ValueError, match=r"Ship\.towed_by has no reverse"):
        reverse(Ship.towed_by)


def test_an_extension_s_fields_are_the_view_s() -> None:
    sdl = build().sdl
    type_, filter_, order = (
        _block(sdl, head) for head in ("type HarbourView ", "input HarbourViewFilter ", "input HarbourViewOrderBy ")
    )
    assert '"""The ships at home in it."""\n  ships(' in type_
    assert '"""Whether ships may enter."""\n  isOpen: Boolean!' in type_
    assert "ships: ShipViewListFilter" in filter_
    assert "ships: CountOrdering" in order
    assert "HarbourShips" not in sdl


def _block(sdl: str, head: str) -> str:
    """A definition of the document."""
    return sdl.partition(head)[2].partition("\n}")[0]


def test_building_again_adds_nothing() -> None:
    assert build().sdl == build().sdl


def test_the_schema_does_not_depend_on_what_was_imported_first(extensions: list[type]) -> None:
    @extends(Harbour)
    class Aaa:
        @resolved
        def depth(self) -> int:
            """How deep it is."""
            return 10

    assert extensions == [HarbourShips, Aaa]
    assert views.extensions_of(Harbour) == sorted([HarbourShips, Aaa], key=lambda each: each.__qualname__)


def test_a_name_that_is_taken_is_refused(extensions: list[type]) -> None:
    @extends(Harbour)
    class Renamed:
        @resolved
        def name(self) -> str:
            """Another name."""
            return "Atlantis"

    with pytest.raises(TypeError, match=r"HarbourView\.name is declared again in .*Renamed"):
        build()
