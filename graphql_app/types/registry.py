"""Which view stands for which model. An edge leads to a model; the type that shows its rows is looked up here.

Types never import each other: a :class:`Later` is resolved when the schema is built, after every view was declared.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from strawberry.types.lazy_type import LazyType

from graphql_app.models.base import Base

_VIEWS: dict[type[Base], type] = {}
_EXTENSIONS: dict[type[Base], list[type]] = {}


class UnknownModelType(LookupError):
    """An edge leads to a model that no view was declared for."""


def register(model: type[Base], view: type) -> None:
    """Make ``view`` the type of ``model``'s rows."""
    _VIEWS[model] = view


def register_extension(model: type[Base], extension: type) -> None:
    """Have the fields of ``extension`` added to the view of ``model`` when the schema is built."""
    _EXTENSIONS.setdefault(model, []).append(extension)


def extensions_of(model: type[Base]) -> list[type]:
    """What was declared for ``model``'s view elsewhere, in an order that does not depend on who was imported first."""
    return sorted(_EXTENSIONS.get(model, ()), key=lambda extension: (extension.__module__, extension.__qualname__))


def type_of_model(model: type[Base]) -> type[Any]:
    """The view declared for ``model``. Raises UnknownView."""
    if model not in _VIEWS:
        raise UnknownModelType(f"No view was declared for {model.__name__}, yet an edge leads there.")
    return _VIEWS[model]


def deferred_type_of(model: type[Base]) -> Any:
    """The view declared for ``model``, looked up when the schema is built."""
    return DeferredType(make=lambda: type_of_model(model))


def model_of(view: Any) -> Any:
    """The model whose rows a class shows; None for one that shows something else."""
    return next((model for model, declared in _VIEWS.items() if declared is view), None)


def type_name_of(model: type[Base]) -> str:
    """The GraphQL name of the type that shows ``model``'s rows."""
    name: str = type_of_model(model).__strawberry_definition__.name
    return name


@dataclass(frozen=True)
class DeferredType(LazyType[Any, Any]):
    """A type that is made or looked up when the schema is built."""

    type_name: str = ""
    module: str = ""
    make: Callable[[], Any] = object

    def resolve_type(self) -> Any:
        return self.make()
