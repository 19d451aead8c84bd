"""Joins and outputs: the rows that a statement reaches over to-one edges, each joined once, and what it reads of them.

Texts are made by PostgreSQL where that is cheaper than making them in Python: ids, moments and exact numbers.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Select, Text, and_, cast, func, literal_column
from sqlalchemy.orm import aliased

from graphql_app.models.base import Base
from graphql_app.sql.edges import Edge
from graphql_app.sql.parameters import in_tenant

Path = tuple[Edge, ...]

MOST_BYTES = 3_000_000
"""What the parts of one model take at most, about."""
BYTES_OF_AN_ALIAS, BYTES_OF_A_PART = 10_000, 14_000
"""What an alias with its columns was measured to take, and an expression."""


class Aliases:
    """Aliases of a model and of the rows that belong to it, with joins and expressions about them.

    To make an alias and its columns takes longer than to compile a statement about them, so statements share them.
    """

    _kept: ClassVar[dict[type[Base], "Aliases"]] = {}

    def __init__(self, model: type[Base]) -> None:
        self._model = model
        self._rows: dict[Path, Any] = {}
        self._parts: dict[Hashable, Any] = {}

    @classmethod
    def of(cls, model: type[Base]) -> "Aliases":
        """Return those of a model, all from one making: parts of a statement have to be about the same aliases."""
        found = cls._kept.get(model)
        if found is None or found.size > MOST_BYTES:
            found = cls._kept[model] = cls(model)
        return found

    @property
    def size(self) -> int:
        """About how many bytes they take."""
        return BYTES_OF_AN_ALIAS * len(self._rows) + BYTES_OF_A_PART * len(self._parts)

    def row(self, path: Path = ()) -> Any:
        """Return the alias for the row at the end of ``path``."""
        found = self._rows.get(path)
        if found is None:
            found = self._rows[path] = aliased(path[-1].target if path else self._model)
        return found

    def part(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what ``make`` gives about the aliases, made once for each ``key``."""
        if key not in self._parts:
            self._parts[key] = make()
        return self._parts[key]

    def join(self, path: Path) -> Any:
        """Return what the row at the end of ``path`` is joined by."""
        edge, far = path[-1], self.row(path)
        return self.part(
            path,
            lambda: and_(
                in_tenant(far), getattr(far, edge.target_column) == getattr(self.row(path[:-1]), edge.parent_key)
            ),
        )


class Joins:
    """The rows that belong to a row of ``model`` in one statement, by the edges that lead to them."""

    def __init__(self, model: type[Base]) -> None:
        self.aliases = Aliases.of(model)
        self.entity = self.aliases.row()
        self._paths: dict[Path, None] = {(): None}

    def row(self, path: Path) -> Any:
        """The row at the end of ``path``, to be joined from now on."""
        if path not in self._paths:
            self.row(path[:-1])
            self._paths[path] = None
        return self.aliases.row(path)

    def joined(self, statement: Select[Any]) -> Select[Any]:
        """The statement with all rows that were asked for so far."""
        for path in filter(None, self._paths):
            statement = statement.outerjoin(self.row(path), self.aliases.join(path))
        return statement


class Form(Enum):
    """Form in which a value leaves the database."""

    NATIVE = "as the driver has it"
    TEXT = "as the text that the response shows"


@dataclass(frozen=True, slots=True)
class Output:
    """A column of the row, or of a row reached over to-one edges, in a form."""

    column: str
    form: Form = Form.NATIVE
    path: tuple[Edge, ...] = ()

    @property
    def nearest(self) -> "Output":
        """The same value, read off the nearest row that has it: the id of a row is in the row that refers to it."""
        if not self.path or self.column != self.path[-1].target_column:
            return self
        return Output(self.path[-1].parent_key, self.form, self.path[:-1]).nearest

    def of(self, reach: Joins) -> Any:
        """The expression in a statement, joining the row that it is a column of."""
        row = reach.row(self.path)
        return reach.aliases.part(self, lambda: self._expression(getattr(row, self.column)))

    def _expression(self, column: Any) -> Any:
        return WRITE[column.type.python_type](column) if self.form is Form.TEXT else column


FORMAT: Any = literal_column("""'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'""")


def _moment(column: Any) -> Any:
    """As views.scalars.write_moment writes it."""
    # literals and not parameters, which would be read anew for each row
    return func.to_char(func.timezone(literal_column("'UTC'"), column), FORMAT)


WRITE: dict[type, Callable[[Any], Any]] = {
    UUID: lambda column: cast(column, Text),
    Decimal: lambda column: cast(column, Text),
    datetime: _moment,
}
"""PostgreSQL's expressions for texts that Python would otherwise have to format."""

Outputs = Sequence[Output]
