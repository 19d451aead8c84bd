"""Workline's domain, a folder per notion. A folder builds on those before it, and knows none of those after it."""

from importlib import import_module
from types import ModuleType

from sqlalchemy import MetaData
from sqlalchemy.orm import configure_mappers

from graphql_app.database.base import Base

ENGINE_MODELS = ("graphql_app.identity.login_limits",)
"""Modules of the engine that have tables of their own."""
DOMAINS = ("people", "ledger", "billing", "work", "talk", "search", "dashboard")


def load_models() -> MetaData:
    """Import the models of every domain and return all their tables."""
    modules("models")
    for name in ENGINE_MODELS:
        import_module(name)
    configure_mappers()
    return Base.metadata


def modules(name: str) -> list[ModuleType]:
    """The module ``name`` of every domain."""
    return [import_module(f"{__name__}.{domain}.{name}") for domain in DOMAINS]
