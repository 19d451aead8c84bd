"""One password for everybody, hashed as cheaply as Argon2 allows."""

from graphql_app.identity.passwords import HashingCost, hash_password

CHEAP = HashingCost(passes=1, memory=8, lanes=1)
PASSWORD = "correct horse battery staple"
HASH = hash_password(PASSWORD, CHEAP)
