"""Password verifiers in PostgreSQL's format, so that no statement or log contains an ASCII password."""

import hashlib
import hmac
import os
from base64 import b64encode

ITERATIONS = 4096


def verifier(password: str, salt: bytes | None = None) -> str:
    """Return PostgreSQL's verifier of ``password`` for SCRAM-SHA-256. ``salt`` is random by default.

    Text beyond ASCII would need SASLprep (RFC 4013). It is returned as it is, with quotes doubled, and PostgreSQL
    hashes it.
    """
    if not password.isascii():
        return password.replace("'", "''")
    salt = salt or os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    stored = hashlib.sha256(keyed(salted, b"Client Key")).digest()
    parts = (b64encode(part).decode() for part in (salt, stored, keyed(salted, b"Server Key")))
    return "SCRAM-SHA-256${}:{}${}:{}".format(ITERATIONS, *parts)


def keyed(key: bytes, message: bytes) -> bytes:
    """Return the HMAC-SHA-256."""
    return hmac.digest(key, message, "sha256")
