"""The ``Authorization`` header, or what a WebSocket sends in its place."""

from graphql_app.errors import Unauthenticated
from graphql_app.identity.tokens import Credentials, Tokens


def credentials(authorization: str | None, tokens: Tokens) -> Credentials | None:
    """Who sends ``Bearer <token>``; None when nothing was sent.

    A token that is sent must be valid: raises :class:`Unauthenticated` rather than serving its owner as a stranger,
    so that a client learns that its token has expired. Log in without the header.
    """
    if authorization is None:
        return None
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Send the token as `Authorization: Bearer <token>`.")
    return tokens.verify(token.strip())
