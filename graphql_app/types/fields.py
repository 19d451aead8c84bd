"""Base classes of the engine's fields: one class per field kind, with all its behavior.

A field resolves its value, takes part in plans, adds input fields to filters and orders, is measured, distinguishes
groups, and is compared with the table. A subclass overrides the methods that apply to it.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Unpack

from graphql import GraphQLField, GraphQLResolveInfo
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from graphql_app.authorization import Rights, requirement_of
from graphql_app.context import Info
from graphql_app.limits import FilterContext
from graphql_app.models.base import Base
from graphql_app.plan.fields import PlannedField, ValueReader, argument_values
from graphql_app.sql.row_rules import RowRules
from graphql_app.strawberry_adapter import (
    Annotation,
    Arguments,
    Source,
    StrawberrySchema,
    converted_arguments,
    fields_of,
    info_of,
    raw_info,
)
from graphql_app.types.costs import ItemCount
from graphql_app.types.registry import type_of_model
from graphql_app.types.requirements import restrict, rights_of

if TYPE_CHECKING:
    from graphql_app.types.groups import GroupKeyField

__all__ = ["EngineField", "ObjectField"]


class EngineField(PlannedField):
    """Field that the engine resolves. Without further methods, it is a computed value."""

    is_basic_field = False
    is_part = False
    """True for a part of the parent object, such as the nodes of a connection: its value changes with the parent."""
    sizing: ItemCount | None = None
    """Maximum number of items; None for a single object or a value."""
    weight: int | None = None
    """Cost besides the selections; by default that of the type. See :mod:`graphql_app.types.costs`."""
    changed: type[Base] | None = None
    """Model whose record a mutation changes, by the ``id`` in its input."""
    rows: RowRules | None = None
    """Rule of the rows that a mutation changes, besides those of ``changeable``."""
    columns: tuple[str, ...] = ()
    """Columns of the table that the field exposes. It determines their visibility."""

    def __init__(
        self,
        annotation: Annotation = None,
        description: str | None = None,
        *arguments: StrawberryArgument,
        name: str | None = None,
        **rights: Unpack[Rights],
    ) -> None:
        kind = None if annotation is None else StrawberryAnnotation(annotation)
        super().__init__(name, type_annotation=kind, description=description, **rights_of(**rights))
        if arguments:
            self.arguments = [*arguments]

    def resolve(self, source: Source, info: Info, arguments: Arguments) -> object:
        """Return the value, or an awaitable of it."""
        raise TypeError(f"{type(self).__name__} has no resolver.")

    def get_result(self, source: Source, info: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        return self.resolve(source, info, kwargs)

    def refer(self, source: Source, info: Info) -> object:
        """Return the value for a plan: like :meth:`resolve`, but with references instead of records."""
        values = converted_arguments(self, argument_values(raw_info(info)), info.schema) if self.arguments else {}
        return self.resolve(source, info, values)

    def reader(self, definition: GraphQLField, info: GraphQLResolveInfo[Any], schema: StrawberrySchema) -> ValueReader:
        own = info_of(schema, info, self)
        return lambda source: self.refer(source, own)

    def describe(self, model: type[Base], name: str) -> None:
        """Take the description from the model; ``name`` is the annotated name of the field."""

    def about(self, field: StrawberryField) -> StrawberryField:
        """Return an input field about the values of this field, with its requirement."""
        restrict(field, requirement_of(self))
        return field

    def require_visible(self, context: FilterContext) -> None:
        """Raise Forbidden if the field is hidden from the viewer: a filter or an order would reveal its values."""
        context.require(requirement_of(self))

    def filter_fields(self, model: type[Base], taken: set[str]) -> Iterable[StrawberryField]:
        """Return the input fields of a filter of the model's records.

        ``taken`` are the mapped attributes that have input fields, or will have. Adds further ones.
        """
        return ()

    def order_fields(self) -> Iterable[StrawberryField]:
        """Return the input fields of an order."""
        return ()

    def measure_field(self, function: str, model: type[Base]) -> "EngineField | None":
        """Return the field of the function's value over a list, or None if the function does not apply."""
        return None

    def group_key(self, model: type[Base]) -> "GroupKeyField | None":
        """Return the key by which lists can be grouped, or None."""
        return None

    def problems(self, model: type[Base]) -> Iterable[str]:
        """Return the contradictions between the field and the table of the model."""
        return ()


def engine_fields(model: type[Base]) -> list[EngineField]:
    """Return the fields of the model's type that the engine resolves."""
    return [field for field in fields_of(type_of_model(model)) if isinstance(field, EngineField)]


class ObjectField(EngineField):
    """Attribute of one of the engine's objects: the result of ``read``, or the attribute or method of that name."""

    is_part = True

    def __init__(
        self,
        name: str,
        annotation: Annotation,
        description: str,
        read: Callable[[Source, Info], object] | None = None,
        weight: int | None = None,
    ) -> None:
        super().__init__(annotation, description, name=name)
        self._read, self.weight = read, weight

    def resolve(self, source: Source, info: Info, arguments: Arguments) -> object:
        if self._read is not None:
            return self._read(source, info)
        value = getattr(source, self.python_name)
        return value() if callable(value) else value
