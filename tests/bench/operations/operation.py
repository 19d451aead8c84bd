"""Operations: kind, variables of each request, and document in each dialect."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from graphql_app.viewer import Viewer

DOCUMENTS = Path(__file__).parents[1] / "documents"
VARIETY = 200
"""Number of different requests per operation, in a cycle."""

type Variables = dict[str, Any]


@dataclass(frozen=True)
class Organization:
    """Ids of one organization by table, in an order that is independent of that of the rows."""

    viewer: Viewer
    ids: Mapping[str, Sequence[str]]

    def any(self, draw: Random, table: str) -> str:
        """Return the id of a row of this table."""
        return draw.choice(self.ids[table])


type Draw = Callable[[Random, Organization], Variables]
type Written = Callable[[str, Variables], str]
"""Function that returns the document of a dialect for the variables of a request."""
type Adapted = Callable[[Variables], Variables]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """Operation in every dialect.

    ``draw`` returns the variables, the same for all servers. ``written`` returns the document; by default it is
    ``documents/DIALECT/BASE.graphql``. ``adapted`` changes the variables for a dialect. ``rows`` names the table of
    which every request consumes a row; it is filled before each load. ``checked`` is SQL that returns true if a
    write was executed, given the ids in the response ($1, a JSON array) and the variables ($2). ``plain`` makes
    answers comparable if a dialect can only return another shape.
    """

    name: str
    kind: str
    title: str
    draw: Draw
    base: str = ""
    written: Written | None = None
    adapted: Mapping[str, Adapted] = field(default_factory=dict)
    writes: bool = False
    rows: str = ""
    checked: str = ""
    compared: bool = True
    variety: int = VARIETY
    plain: Callable[[Any], Any] = lambda data: data
    dialects: frozenset[str] = frozenset()
    """Dialects that ``written`` supports. Hand-written handlers receive the documents of ``plain``, and parse none."""

    @property
    def document(self) -> str:
        """Return the name of the document's file, and of the operation in it."""
        return self.base or self.name

    def has(self, dialect: str) -> bool:
        """Return True if a dialect has the operation."""
        return dialect in self.dialects or self._file(dialect).exists()

    def text(self, dialect: str, variables: Variables) -> str:
        """Return the document of a request."""
        spoken = "plain" if dialect == "hand" else dialect
        return self._file(spoken).read_text() if self.written is None else self.written(spoken, variables)

    def _file(self, dialect: str) -> Path:
        return DOCUMENTS / dialect / f"{self.document}.graphql"
