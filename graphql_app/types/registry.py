"""Registry of model types: the GraphQL type of each model, and its extensions.

Types never import each other: an edge names a model, and a :class:`DeferredType` looks the type up when the schema is
built, after all of them are declared.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from strawberry.types.lazy_type import LazyType

from graphql_app.models.base import Base
from graphql_app.plan.fields import MODEL
from graphql_app.strawberry_adapter import definition_of

__all__ = ["type_of_model"]

_TYPES: dict[type[Base], type] = {}
_EXTENSIONS: dict[type[Base], list[type]] = {}


class UnknownModelType(LookupError):
    """Edge to a model for which no type is declared."""


def register(model: type[Base], declared: type) -> None:
    """Make ``declared`` the type of the model's rows."""
    _TYPES[model] = declared
    setattr(declared, MODEL, model)


def register_extension(model: type[Base], extension: type) -> None:
    """Add the fields of ``extension`` to the type of the model when the schema is built."""
    _EXTENSIONS.setdefault(model, []).append(extension)


def extensions_of(model: type[Base] | None) -> list[type]:
    """Return the extensions of the model's type, in an order that does not depend on the order of imports."""
    found = () if model is None else _EXTENSIONS.get(model, ())
    return sorted(found, key=lambda extension: (extension.__module__, extension.__qualname__))


def type_of_model(model: type[Base]) -> type:
    """Return the type declared for the model. Raises UnknownModelType."""
    if model not in _TYPES:
        raise UnknownModelType(f"No type is declared for {model.__name__}, but an edge leads to it.")
    return _TYPES[model]


def deferred_type_of(model: type[Base]) -> Any:
    """Return the type declared for the model, to be looked up when the schema is built."""
    return DeferredType(make=lambda: type_of_model(model))


def model_of(declared: type) -> type[Base] | None:
    """Return the model whose rows a type represents, or None."""
    return vars(declared).get(MODEL)


def type_name_of(model: type[Base]) -> str:
    """Return the GraphQL name of the model's type."""
    return definition_of(type_of_model(model)).name


@dataclass(frozen=True)
class DeferredType(LazyType[Any, Any]):
    """Type that is made or looked up when the schema is built."""

    type_name: str = ""
    module: str = ""
    make: Callable[[], Any] = object

    def resolve_type(self) -> Any:
        return self.make()
