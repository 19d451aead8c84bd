"""One password for everybody, hashed as cheaply as Argon2 allows."""

from graphql_app.identity.hashes import Cost, hash_password

CHEAP = Cost(passes=1, memory=8, lanes=1)
PASSWORD = "correct horse battery staple"
HASH = hash_password(PASSWORD, CHEAP)
