"""Identification of the caller."""

from graphql_app.http.notes import note_viewer
from graphql_app.identity.bearer import credentials
from graphql_app.identity.tokens import Credentials, Tokens


def identify(authorization: str | None, tokens: Tokens) -> Credentials | None:
    """Return the credentials in an ``Authorization`` header, or None without one. Raises ``Unauthenticated``.

    Also notes the viewer in the log context.
    """
    found = credentials(authorization, tokens)
    if found is not None:
        note_viewer(found.viewer)
    return found
