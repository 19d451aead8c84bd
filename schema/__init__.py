"""Domain of Workline, with a folder per area. A folder imports models only of folders before it in ``DOMAINS``."""

from importlib import import_module
from types import ModuleType

from sqlalchemy import MetaData
from sqlalchemy.orm import configure_mappers

from graphql_app.models.base import Base

ENGINE_MODELS = ("graphql_app.identity.login_limits",)
"""Modules of the engine that define tables."""
DOMAINS = ("people", "ledger", "billing", "work", "talk", "search", "dashboard")


def load_models() -> MetaData:
    """Import the models of every domain and return all their tables."""
    modules("models")
    for name in ENGINE_MODELS:
        import_module(name)
    configure_mappers()
    return Base.metadata


def modules(name: str) -> list[ModuleType]:
    """Return the module ``name`` of every domain."""
    return [import_module(f"{__name__}.{domain}.{name}") for domain in DOMAINS]
