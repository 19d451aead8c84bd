"""Who sends a request."""

from graphql_app.http.notes import note_viewer
from graphql_app.identity.bearer import credentials
from graphql_app.identity.tokens import Credentials, Tokens


def identify(authorization: str | None, tokens: Tokens) -> Credentials | None:
    """Whom an ``Authorization`` header names, None without one. Raises ``Unauthenticated``."""
    found = credentials(authorization, tokens)
    if found is not None:
        note_viewer(found.viewer)
    return found
