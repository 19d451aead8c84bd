"""Relationships to models of other domains: edges in both directions, without a change of the other domain."""

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
from graphql_app.types.lists import connection, to_many
from graphql_app.types.model_type import extends, model_type
from graphql_app.types.records import Node
from graphql_app.types.relations import to_one
from graphql_app.types.schema import Api, build_schema

METADATA = MetaData()
REGISTRY = registry(metadata=METADATA, type_annotation_map=Base.type_annotation_map)


class HarborBase(RootBase):
    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class ShipBase(TenantBase):
    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class Harbor(HarborBase):
    """Harbor without a reference to ships."""

    __tablename__ = "organizations"

    name: Mapped[str] = mapped_column(comment="Its name.")


class Ship(ShipBase):
    """A ship."""

    __tablename__ = "ships"
    __table_args__ = (tenant_key("towed_by_id", "ships"),)

    towed_by_id: Mapped[UUID | None] = mapped_column(comment="The id of the ship in front.")
    harbor: Mapped[Harbor] = related(backref=back("ships", doc="Ships with this home port."), doc="Home port.")
    towed_by: Mapped["Ship | None"] = related(remote_side="[Ship.organization_id, Ship.id]", doc="The ship in front.")


@model_type(Harbor)
class HarborView(Node):
    name: str


@model_type(Ship)
class ShipView(Node):
    harbor = to_one(Ship.harbor)


@extends(Harbor)
class HarborShips:
    ships = to_many(reverse(Ship.harbor))

    @resolved
    def is_open(self) -> bool:
        """True if ships may enter."""
        return True


@strawberry.type
class Query:
    harbors = connection(Harbor, "The harbors.")
    ships = connection(Ship, "The ships.")


def build() -> Api:
    return build_schema(nodes=[Harbor, Ship], queries=[Query])


@pytest.fixture
def extensions() -> Iterator[list[type]]:
    """Return the extensions of the harbor. Those that a test adds are removed after it."""
    known = views._EXTENSIONS[Harbor]
    before = list(known)
    yield known
    known[:] = before


def test_the_inverse_is_an_ordinary_edge() -> None:
    edge = edge_of(reverse(Ship.harbor))
    assert (edge.name, edge.kind, edge.source, edge.target) == ("ships", Kind.CHILDREN, Harbor, Ship)
    assert reverse(reverse(Ship.harbor)).key == "harbor"


def test_the_inverse_is_read_only_and_never_loaded_implicitly() -> None:
    inverse = reverse(Ship.harbor).property
    assert (inverse.viewonly, inverse.lazy, inverse.doc) == (True, "raise", "Ships with this home port.")


def test_a_relationship_without_an_inverse_is_reported() -> None:
    with pytest.raises(ValueError, match=r"Ship\.towed_by has no reverse"):
        reverse(Ship.towed_by)


def test_fields_of_an_extension_are_those_of_the_type() -> None:
    sdl = build().sdl
    type_, filter_, order = (
        _block(sdl, head) for head in ("type HarborView ", "input HarborViewFilter ", "input HarborViewOrderBy ")
    )
    assert '"""Ships with this home port."""\n  ships(' in type_
    assert '"""True if ships may enter."""\n  isOpen: Boolean!' in type_
    assert "ships: ShipViewListFilter" in filter_
    assert "ships: CountOrdering" in order
    assert "HarborShips" not in sdl


def _block(sdl: str, head: str) -> str:
    """Return a definition of the document."""
    return sdl.partition(head)[2].partition("\n}")[0]


def test_building_the_schema_again_adds_nothing() -> None:
    assert build().sdl == build().sdl


def test_the_schema_is_independent_of_the_import_order(extensions: list[type]) -> None:
    @extends(Harbor)
    class Aaa:
        @resolved
        def depth(self) -> int:
            """Depth in meters."""
            return 10

    assert extensions == [HarborShips, Aaa]
    assert views.extensions_of(Harbor) == sorted([HarborShips, Aaa], key=lambda each: each.__qualname__)


def test_a_taken_name_is_refused(extensions: list[type]) -> None:
    @extends(Harbor)
    class Renamed:
        @resolved
        def name(self) -> str:
            """Another name."""
            return "Atlantis"

    with pytest.raises(TypeError, match=r"HarborView\.name is declared again in .*Renamed"):
        build()
