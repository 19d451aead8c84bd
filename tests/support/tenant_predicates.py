"""Removal of the engine's condition on the organization from statements."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import ColumnElement, true

from graphql_app import loaders
from graphql_app.database import transaction as database
from graphql_app.sql.joins import Aliases
from graphql_app.sql.parameters import in_tenant
from graphql_app.types import permissions


@contextmanager
def predicate_forgotten() -> Iterator[None]:
    """Remove the condition for executors that are created in the block."""
    modules = [
        module
        for name, module in sys.modules.items()
        if name.startswith(("graphql_app.", "schema.")) and getattr(module, "in_tenant", None) is in_tenant
    ]
    with pytest.MonkeyPatch.context() as patch:
        for module in modules:
            patch.setattr(module, "in_tenant", _without_tenant)
        _forget_statements(modules)
        try:
            yield
        finally:
            _forget_statements(modules)


def _forget_statements(modules: Iterable[ModuleType]) -> None:
    """Clear the statements that the process caches, not the executor: those of ``modules``, and derived ones."""
    of_the_domain = [
        module for name, module in sys.modules.items() if name.startswith("schema.") and name.endswith(".statements")
    ]
    for module in (*modules, *of_the_domain, database, loaders, permissions):
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()
    Aliases._kept.clear()


def _without_tenant(_entity: Any) -> ColumnElement[bool]:
    return true()
