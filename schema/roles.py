"""Role checks of rules."""

from graphql_app.errors import Denied
from graphql_app.identity.models import MANAGERS
from graphql_app.viewer import Viewer


def require_manager(viewer: Viewer) -> None:
    """Raise Denied unless the viewer is a manager or the owner."""
    if viewer.role not in MANAGERS:
        raise Denied("Requires role OWNER or MANAGER.")
