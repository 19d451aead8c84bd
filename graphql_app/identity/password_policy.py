"""Rules that a new password must meet: length, no address, and no password of a file of breached ones."""

import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from re import compile as expression

from graphql_app.errors import Invalid
from graphql_app.identity.authentication import normalize_email
from graphql_app.identity.passwords import MAX_BYTES
from graphql_app.mutations.input_checks import text
from graphql_app.settings import SettingsError

LEAST, MOST = 8, 256
"""Characters of a password."""
SHA1 = expression("([0-9A-Fa-f]{40})(:[0-9]+)?")
"""Line with the SHA-1 hash of a password and the number of its occurrences, as in the lists of Have I Been Pwned."""
PREFIX = 8
"""Bytes of a hash that are kept. Of a billion passwords, one in twenty billion others has the same."""


class BreachedPasswords:
    """Passwords of breaches, as the sorted beginnings of their hashes: eight bytes for each."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._hashes = array("Q", sorted({_line_hash(line) for line in lines if line}))

    def __contains__(self, password: str) -> bool:
        wanted = _hash(password)
        place = bisect_left(self._hashes, wanted)
        return place < len(self._hashes) and self._hashes[place] == wanted

    def __len__(self) -> int:
        return len(self._hashes)


def read_breached_passwords(file: Path) -> BreachedPasswords:
    """Read a file with a password, or the SHA-1 hash of one, in each line. Raises SettingsError."""
    try:
        with file.open(encoding="utf-8", errors="surrogateescape") as lines:
            return BreachedPasswords(line.rstrip("\r\n") for line in lines)
    except OSError as error:
        problem = f"WORKLINE_BREACHED_PASSWORDS cannot be read: {error.strerror} ({error.filename})"
        raise SettingsError([problem]) from None


def _line_hash(line: str) -> int:
    hashed = SHA1.fullmatch(line)
    return _hash(line) if hashed is None else int(hashed[1][: 2 * PREFIX], 16)


def _hash(password: str) -> int:
    encoded = password.encode("utf-8", "surrogateescape" if password.isprintable() else "surrogatepass")
    return int.from_bytes(sha1(encoded, usedforsecurity=False).digest()[:PREFIX])


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """Rules of new passwords."""

    least: int = LEAST
    breached: BreachedPasswords | None = None

    def check(self, password: str, email: str | None, *path: str) -> None:
        """Raise Invalid, at the field with this ``path``, unless the password may be set for the address."""
        problem = text(self.least, MOST)(password, {})
        if problem is not None:
            raise Invalid(problem, *path)
        if len(unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")) > MAX_BYTES:
            raise Invalid("Password is too long.", *path)
        if email is not None and normalize_email(password) == normalize_email(email):
            raise Invalid("Must not be the email address.", *path, code="PASSWORD_IS_ADDRESS")
        if self.breached is not None and password in self.breached:
            raise Invalid("Known from a data breach. Choose another password.", *path, code="PASSWORD_BREACHED")
