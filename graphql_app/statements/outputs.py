"""Outputs: the columns that a statement reads when it does not read whole rows, each in a form.

Texts are made by PostgreSQL where that is cheaper than making them in Python: ids, moments and exact numbers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, func, literal_column

from graphql_app.statements.edges import Edge
from graphql_app.statements.reach import Reach


class Form(Enum):
    """How a value leaves the database."""

    NATIVE = "as the driver has it"
    TEXT = "as the text that the response shows"


@dataclass(frozen=True, slots=True)
class Output:
    """A column of the row, or of a row reached over to-one edges, in a form."""

    column: str
    form: Form = Form.NATIVE
    path: tuple[Edge, ...] = ()

    def of(self, reach: Reach) -> Any:
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
"""How PostgreSQL writes what Python would have to write otherwise."""

Outputs = Sequence[Output]
