"""The one place that decides what a statement joins, and for which values PostgreSQL plans it.

Both rules were measured, on even and on skewed data: ``docs/planning.md`` has the figures.

A row that belongs to another over a to-one edge can be joined to it, or found by its key afterwards. A join saves a
statement; but a joined row is looked up, sent and built once for each row that it belongs to, where rows found by their
keys come once.

Rows that are found by keys of an index, and pages in an order, are planned the same whatever the values are: one
generic plan spares PostgreSQL the planning, which takes longer than many statements do. Not so with a filter of a whole
table: an index that is best for a rare value can be the worst for a frequent one.
"""

from graphql_app.statements.conditions import And, Condition
from graphql_app.statements.edges import Edge, Kind
from graphql_app.statements.reach import Path

DEEPEST = 3
"""How many edges lead to a joined row at most."""
MOST_ROWS = 200
"""How many rows a level may have for others to be joined to them."""


def may_join(edge: Edge, path: Path, *, plain: bool, rows: int) -> bool:
    """Whether the row at the end of ``edge`` is joined; ``path`` leads to the row that it belongs to.

    ``plain`` says that nothing but columns and rows of the same kind is selected of it: what hangs on further
    statements is fetched by key, where each row comes once. ``rows`` is how many rows the level may have.
    """
    return plain and edge.kind is Kind.ONE and edge.target_column == "id" and len(path) < DEEPEST and rows <= MOST_ROWS


def is_generic(condition: Condition, edge: Edge | None) -> bool:
    """Return whether one plan is good for all values of the statements about a list with this ``condition``.

    Lists of parents, over an ``edge``, are found by the parents' keys, whatever they are filtered by.
    """
    return edge is not None or condition == And(())
