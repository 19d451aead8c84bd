"""Passwords as PostgreSQL stores them, so that no statement, and no log of statements, holds one."""

import hashlib
import hmac
import os
from base64 import b64encode

ITERATIONS = 4096


def verifier(password: str, salt: bytes | None = None) -> str:
    """What PostgreSQL keeps of ``password`` for SCRAM-SHA-256; ``salt`` is random.

    Text beyond ASCII would need preparing (RFC 4013) and is handed over as it is, quoted: PostgreSQL does it then.
    """
    if not password.isascii():
        return password.replace("'", "''")
    salt = salt or os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    stored = hashlib.sha256(keyed(salted, b"Client Key")).digest()
    parts = (b64encode(part).decode() for part in (salt, stored, keyed(salted, b"Server Key")))
    return "SCRAM-SHA-256${}:{}${}:{}".format(ITERATIONS, *parts)


def keyed(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256."""
    return hmac.digest(key, message, "sha256")
