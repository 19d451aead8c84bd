"""Credentials of a request: a token of this deployment or of an external issuer, or an API key."""

import structlog

from graphql_app.database.errors import DATABASE_ERRORS, is_unavailable
from graphql_app.errors import InvalidToken, Unauthenticated, Unavailable
from graphql_app.identity.api_keys import START, ApiKeys
from graphql_app.identity.issuers import Issuers, RefusedToken
from graphql_app.identity.tokens import Credentials, Tokens

log = structlog.get_logger("workline.issuers")


class Authenticator:
    """Verification of the ``Authorization`` header."""

    def __init__(self, tokens: Tokens, keys: ApiKeys | None = None, issuers: Issuers | None = None) -> None:
        self._tokens = tokens
        self._keys = keys
        self._issuers = issuers

    async def credentials(self, authorization: str | None, address: str) -> Credentials | None:
        """Return the credentials of ``Bearer <token>``, or None without a header.

        Raises :class:`Unauthenticated` for an invalid token instead of serving the request anonymously, so that a
        client detects that its token has expired. Log in without the header. Raises RateLimited after too many wrong
        API keys from an address, and Unavailable if the database or the issuer of the token is.
        """
        if authorization is None:
            return None
        scheme, _, token = authorization.strip().partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("Send the token as `Authorization: Bearer <token>`.")
        try:
            return await self._verified(token, address)
        except DATABASE_ERRORS as error:
            if is_unavailable(error):
                raise Unavailable from error
            raise

    async def _verified(self, token: str, address: str) -> Credentials:
        if self._keys is not None and token.startswith(START):
            return await self._keys.find(token, address)
        issuer = None if self._issuers is None else self._issuers.get(token)
        if self._issuers is None or issuer is None:
            return self._tokens.verify(token)
        try:
            return await self._issuers.find(issuer, token)
        except RefusedToken as refused:
            log.info("token refused", issuer=issuer.settings.issuer, reason=refused.reason)
            raise InvalidToken from None
