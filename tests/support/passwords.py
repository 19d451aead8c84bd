"""Password of all test users, hashed at the lowest cost of Argon2."""

from graphql_app.identity.passwords import hash_password
from graphql_app.testing.client import CHEAP

__all__ = ["CHEAP", "HASH", "PASSWORD"]

PASSWORD = "correct horse battery staple"
HASH = hash_password(PASSWORD, CHEAP)
