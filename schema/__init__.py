"""Workline's domain, a folder per notion: ``people``, ``work``, ``talk``, ``ledger`` and ``billing``."""

from importlib import import_module

from sqlalchemy import MetaData
from sqlalchemy.orm import configure_mappers

from graphql_app.database.base import Base

DOMAINS = ("people", "work", "talk", "ledger", "billing")


def load_models() -> MetaData:
    """Import the models of every domain, which refer to each other by name, and return all their tables."""
    for domain in DOMAINS:
        import_module(f"{__name__}.{domain}.models")
    configure_mappers()
    return Base.metadata
