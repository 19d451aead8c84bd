"""Credentials in the ``Authorization`` header, or in its substitute of a WebSocket."""

from graphql_app.errors import Unauthenticated
from graphql_app.identity.tokens import Credentials, Tokens


def credentials(authorization: str | None, tokens: Tokens) -> Credentials | None:
    """Return the credentials of ``Bearer <token>``, or None without a header.

    Raises :class:`Unauthenticated` for an invalid token instead of serving the request anonymously, so that a client
    detects that its token has expired. Log in without the header.
    """
    if authorization is None:
        return None
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Send the token as `Authorization: Bearer <token>`.")
    return tokens.verify(token.strip())
