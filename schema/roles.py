"""Who may do what."""

from graphql_app.errors import Denied
from graphql_app.identity.viewer import Viewer
from schema.people.models import MANAGERS


def require_manager(viewer: Viewer) -> None:
    """Raises Denied for everybody else."""
    if viewer.role not in MANAGERS:
        raise Denied("This takes a manager or the owner.")
