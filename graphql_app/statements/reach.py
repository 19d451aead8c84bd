"""What a statement reaches from its rows over to-one edges: each row is joined once, whoever needs it."""

from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import aliased

from graphql_app.statements.conditions import connected
from graphql_app.statements.edges import Edge

Path = tuple[Edge, ...]


class Reach:
    """The rows that belong to a row of ``entity`` (an alias of a model), by the edges that lead to them."""

    def __init__(self, entity: Any) -> None:
        self.entity = entity
        self._rows: dict[Path, Any] = {(): entity}
        self._joins: list[tuple[Edge, Any, Any]] = []

    def row(self, path: Path) -> Any:
        """The row at the end of ``path``, to be joined from now on."""
        if path not in self._rows:
            near, far = self.row(path[:-1]), aliased(path[-1].target)
            self._rows[path] = far
            self._joins.append((path[-1], near, far))
        return self._rows[path]

    def joined(self, statement: Select[Any]) -> Select[Any]:
        """The statement with all rows that were asked for so far."""
        for edge, near, far in self._joins:
            statement = statement.outerjoin(far, connected(edge, near, far))
        return statement
