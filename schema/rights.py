"""Rights that several folders declare: those to see and to change money, and the rules of rows."""

from graphql_app.authorization import Rights
from graphql_app.identity.models import MANAGERS
from graphql_app.sql.row_rules import RuleViewer

MONEY = "money"
"""Scope that an API key needs for everything that only managers may see."""
MONEY_RIGHTS = Rights(roles=MANAGERS, scopes=(MONEY,))
"""Rights to mutations and inputs about money."""
MONEY_OR_NULL = Rights(roles=MANAGERS, scopes=(MONEY,), as_null=True)
"""Rights to fields about money, which are null for other viewers."""


def is_manager(viewer: RuleViewer) -> bool:
    """Return True for owners and managers: a rule that admits all rows for them, and none for others."""
    return viewer.role in MANAGERS


def sees_money(viewer: RuleViewer) -> bool:
    """Return True for owners and managers, and for their API keys with the scope ``money``."""
    return is_manager(viewer) and viewer.has_scope(MONEY)
