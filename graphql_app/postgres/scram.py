"""Password verifiers in PostgreSQL's format, so that no statement or log contains a password."""

import hashlib
import hmac
import os
import stringprep
import unicodedata
from base64 import b64encode

ITERATIONS = 4096
PROHIBITED = (
    stringprep.in_table_a1, stringprep.in_table_c12, stringprep.in_table_c21_c22, stringprep.in_table_c3,
    stringprep.in_table_c4, stringprep.in_table_c5, stringprep.in_table_c6, stringprep.in_table_c7,
    stringprep.in_table_c8, stringprep.in_table_c9,
)  # fmt: skip
"""Tables of characters that SASLprep refuses (RFC 4013, sections 2.3 and 2.5)."""


def verifier(password: str, salt: bytes | None = None) -> str:
    """Return PostgreSQL's verifier of ``password`` for SCRAM-SHA-256. ``salt`` is random by default."""
    salt = salt or os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", prepared(password).encode(), salt, ITERATIONS)
    stored = hashlib.sha256(keyed(salted, b"Client Key")).digest()
    parts = (b64encode(part).decode() for part in (salt, stored, keyed(salted, b"Server Key")))
    return "SCRAM-SHA-256${}:{}${}:{}".format(ITERATIONS, *parts)


def prepared(password: str) -> str:
    """Return the password after SASLprep (RFC 4013), or as it is where SASLprep refuses it.

    PostgreSQL and its clients hash such a password as it is, too:
    https://www.postgresql.org/docs/current/sasl-authentication.html
    """
    mapped = "".join(
        " " if stringprep.in_table_c12(character) else character
        for character in password
        if not stringprep.in_table_b1(character)
    )
    normalized = unicodedata.normalize("NFKC", mapped)
    if password.isascii() or not normalized or any(table(letter) for letter in normalized for table in PROHIBITED):
        return password
    right_to_left = [stringprep.in_table_d1(character) for character in normalized]
    mixed = any(stringprep.in_table_d2(character) for character in normalized)
    if any(right_to_left) and (mixed or not (right_to_left[0] and right_to_left[-1])):
        return password
    return normalized


def keyed(key: bytes, message: bytes) -> bytes:
    """Return the HMAC-SHA-256."""
    return hmac.digest(key, message, "sha256")
