"""Whether a to-one row is joined into its parent's statement or fetched by key after it: the one place that decides.

A join saves a statement, which costs more than the join does; but rows that are the same for many parents are then sent
and built many times, and PostgreSQL plans a statement longer the more tables it has.
"""

from graphql_app.statements.edges import Edge, Kind
from graphql_app.statements.reach import Path

DEEPEST = 3
"""How many edges lead to a joined row at most."""


def may_join(edge: Edge, path: Path, *, plain: bool) -> bool:
    """Whether the row at the end of ``edge`` is joined; ``path`` leads to the row that it belongs to.

    ``plain`` says that nothing but columns and rows of the same kind is selected of it: what hangs on further
    statements is fetched by key, where each row comes once.
    """
    return plain and edge.kind is Kind.ONE and edge.target_column == "id" and len(path) < DEEPEST
