"""Credentials of a request: a token that this deployment has signed, or an API key."""

from graphql_app.database.errors import DATABASE_ERRORS, is_unavailable
from graphql_app.errors import Unauthenticated, Unavailable
from graphql_app.identity.api_keys import START, ApiKeys
from graphql_app.identity.tokens import Credentials, Tokens


class Authenticator:
    """Verification of the ``Authorization`` header."""

    def __init__(self, tokens: Tokens, keys: ApiKeys | None = None) -> None:
        self._tokens = tokens
        self._keys = keys

    async def credentials(self, authorization: str | None, address: str) -> Credentials | None:
        """Return the credentials of ``Bearer <token>``, or None without a header.

        Raises :class:`Unauthenticated` for an invalid token instead of serving the request anonymously, so that a
        client detects that its token has expired. Log in without the header. Raises RateLimited after too many wrong
        API keys from an address, and Unavailable if a key cannot be looked up.
        """
        if authorization is None:
            return None
        scheme, _, token = authorization.strip().partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("Send the token as `Authorization: Bearer <token>`.")
        if self._keys is None or not token.startswith(START):
            return self._tokens.verify(token)
        try:
            return await self._keys.find(token, address)
        except DATABASE_ERRORS as error:
            if is_unavailable(error):
                raise Unavailable from error
            raise
