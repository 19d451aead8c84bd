"""Rights of work: all users work on tasks, managers maintain the categories and labels."""

from graphql_app.database.database import Database
from graphql_app.errors import Denied
from schema.people.models import MANAGERS


def manages(db: Database) -> bool:
    """Return True if the viewer manages work."""
    return db.viewer.role in MANAGERS


def check_manages(db: Database) -> None:
    """Raise Denied unless the viewer manages work."""
    if not manages(db):
        raise Denied("Requires role OWNER or MANAGER.")
