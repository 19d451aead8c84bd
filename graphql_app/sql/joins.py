"""Joins and outputs: the rows that a statement joins over to-one edges (each once), and the values that it selects.

PostgreSQL formats ids, times and exact numbers as text, which is cheaper than formatting them in Python.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from sqlalchemy import and_
from sqlalchemy.orm import aliased

from graphql_app.models.base import Base, Entity
from graphql_app.models.kinds import kind_of
from graphql_app.models.values import select_value
from graphql_app.sql.edges import Edge
from graphql_app.sql.parameters import Expression, Statement
from graphql_app.sql.row_rules import Audience, hides, readable

Path = tuple[Edge, ...]

MOST_BYTES = 3_000_000
"""Approximate limit of the aliases and expressions of one model."""
BYTES_OF_AN_ALIAS, BYTES_OF_A_PART = 10_000, 14_000
"""Measured memory of an alias with its columns, and of an expression."""


class Aliases:
    """Aliases of a model and of the rows joined to it, with the joins and expressions that refer to them.

    Statements share them, because creating an alias with its columns takes longer than compiling a statement.
    """

    _kept: ClassVar[dict[type[Base], "Aliases"]] = {}

    def __init__(self, model: type[Base]) -> None:
        self._model = model
        self._rows: dict[Path, Entity] = {}
        self._parts: dict[Hashable, Expression] = {}

    @classmethod
    def of(cls, model: type[Base]) -> "Aliases":
        """Return the shared aliases of a model. Use one instance for a statement: a later call may return a new one."""
        found = cls._kept.get(model)
        if found is None or found.size > MOST_BYTES:
            found = cls._kept[model] = cls(model)
        return found

    @property
    def size(self) -> int:
        """Approximate number of bytes."""
        return BYTES_OF_AN_ALIAS * len(self._rows) + BYTES_OF_A_PART * len(self._parts)

    def row(self, path: Path = ()) -> Entity:
        """Return the alias for the row at the end of ``path``."""
        found = self._rows.get(path)
        if found is None:
            found = self._rows[path] = aliased(path[-1].target if path else self._model)
        return found

    def part(self, key: Hashable, make: Callable[[], Expression]) -> Expression:
        """Return the expression that ``make`` returns, created once for each ``key``."""
        if key not in self._parts:
            self._parts[key] = make()
        return self._parts[key]

    def join(self, path: Path, audience: Audience | None) -> Expression:
        """Return the condition that joins the row at the end of ``path``, if the audience may see it."""
        edge, far = path[-1], self.row(path)
        return self.part(
            (path, audience),
            lambda: and_(
                readable(far, audience),
                getattr(far, edge.target_column) == getattr(self.row(path[:-1]), edge.parent_key),
            ),
        )


class Joins:
    """Rows that one statement joins to a row of ``model``, by the edges that lead to them."""

    def __init__(self, model: type[Base], audience: Audience | None) -> None:
        self.aliases, self.audience = Aliases.of(model), audience
        self.entity = self.aliases.row()
        self._paths: dict[Path, None] = {(): None}

    def row(self, path: Path) -> Entity:
        """Return the alias of the row at the end of ``path``, and join it."""
        if path not in self._paths:
            self.row(path[:-1])
            self._paths[path] = None
        return self.aliases.row(path)

    def joined(self, statement: Statement) -> Statement:
        """Return the statement with the joins of all rows requested so far."""
        for path in filter(None, self._paths):
            statement = statement.outerjoin(self.row(path), self.aliases.join(path, self.audience))
        return statement


class Form(Enum):
    """Form of a selected value."""

    NATIVE = "value of the driver"
    TEXT = "text of the response"


@dataclass(frozen=True, slots=True)
class Output:
    """Value of the row, or of a row joined over to-one edges, in one of the forms."""

    column: str
    form: Form = Form.NATIVE
    path: tuple[Edge, ...] = ()

    @property
    def nearest(self) -> "Output":
        """The same value from the closest joined row: an id is also the foreign key of the referring row.

        If rules may hide the row, its id is read only from the row itself.
        """
        if not self.path or self.column != self.path[-1].target_column or hides(self.path[-1].target):
            return self
        return Output(self.path[-1].parent_key, self.form, self.path[:-1]).nearest

    def of(self, joins: Joins) -> Expression:
        """Return the expression in a statement, and join its row."""
        row = joins.row(self.path)
        return joins.aliases.part(self, lambda: self._expression(select_value(row, self.column)))

    def _expression(self, column: Expression) -> Expression:
        return kind_of(column.type).text(column) if self.form is Form.TEXT else column


Outputs = Sequence[Output]
