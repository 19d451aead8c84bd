"""Rules of rows that several folders declare: the rows that managers see, and those that belong to a user."""

from graphql_app.identity.models import MANAGERS
from graphql_app.sql.row_rules import RuleViewer


def is_manager(viewer: RuleViewer) -> bool:
    """Return True for owners and managers: a rule that admits all rows for them, and none for others."""
    return viewer.role in MANAGERS
