"""Base classes of the toy's models, with their own registry and MetaData."""

from sqlalchemy import MetaData
from sqlalchemy.orm import registry

from graphql_app.models.base import NAMING_CONVENTION, Base, RootBase, TenantBase

METADATA = MetaData(naming_convention=NAMING_CONVENTION)
REGISTRY = registry(metadata=METADATA, type_annotation_map=Base.type_annotation_map)


class ToyBase(Base):
    """Base of link tables."""

    __abstract__ = True
    metadata = METADATA
    registry = REGISTRY
    _sa_registry = REGISTRY


class ToyRoot(RootBase):
    """Base of the organization."""

    __abstract__ = True
    metadata = METADATA
    registry = REGISTRY
    _sa_registry = REGISTRY


class ToyTenant(TenantBase):
    """Base of all other models."""

    __abstract__ = True
    metadata = METADATA
    registry = REGISTRY
    _sa_registry = REGISTRY
