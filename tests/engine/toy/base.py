"""Where the toy's tables live: beside the project's own, in a registry and MetaData of their own."""

from sqlalchemy import MetaData
from sqlalchemy.orm import registry

from graphql_app.models.base import NAMING_CONVENTION, Base, RootBase, TenantBase

METADATA = MetaData(naming_convention=NAMING_CONVENTION)
REGISTRY = registry(metadata=METADATA, type_annotation_map=Base.type_annotation_map)


class ToyBase(Base):
    """For link tables."""

    __abstract__ = True
    metadata = METADATA
    registry = REGISTRY
    _sa_registry = REGISTRY


class ToyRoot(RootBase):
    """For the organization."""

    __abstract__ = True
    metadata = METADATA
    registry = REGISTRY
    _sa_registry = REGISTRY


class ToyTenant(TenantBase):
    """For everything else."""

    __abstract__ = True
    metadata = METADATA
    registry = REGISTRY
    _sa_registry = REGISTRY
