"""Codes of the second step of logins: time-based ones of an authenticator app (RFC 6238), and recovery codes.

The database returns the secret only for the right password. It accepts each 30-second step once, so a code that was
seen cannot be used again, and each recovery code once.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyotp

from graphql_app.errors import Invalid

ISSUER = "Workline"
DIGITS = 6
DRIFT = (0, -1, 1)
"""Steps by which the clock of a device may differ."""
RECOVERY_CODES = 10
REQUIRED = "Give the code of your authenticator app, or a recovery code."
WRONG = "Invalid code. A code can be used once."


@dataclass(frozen=True, slots=True)
class SecondStep:
    """Step of a right code, or the hash of a possible recovery code."""

    step: int | None = None
    recovery: bytes | None = field(default=None, repr=False)


def second_step(secret: str, code: str | None, path: str) -> SecondStep:
    """Return what a code proves, for the database to accept once. Raises Invalid, at the field ``path``."""
    if code is None or not code.strip():
        raise Invalid(REQUIRED, path, code="TOTP_REQUIRED")
    given = code.replace(" ", "").replace("-", "").upper()
    if len(given) != DIGITS:
        return SecondStep(recovery=recovery_hash(given))
    step = step_of(secret, given, datetime.now(UTC))
    if step is None:
        raise wrong_code(path)
    return SecondStep(step)


def wrong_code(path: str) -> Invalid:
    """Return the error for a code that is wrong or was used already."""
    return Invalid(WRONG, path, code="TOTP_INVALID")


def step_of(secret: str, code: str, moment: datetime) -> int | None:
    """Return the step of a code at this time, or None for a wrong one."""
    totp = pyotp.TOTP(secret, digits=DIGITS)
    now, given = totp.timecode(moment), code.encode("utf-8", "surrogatepass")
    steps = [now + drift for drift in DRIFT]
    right = [step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), given)]
    return next(iter(right), None)


def new_totp_secret() -> str:
    """Return a random secret of 160 bits."""
    return pyotp.random_base32()


def totp_uri(secret: str, email: str) -> str:
    """Return the address that an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret, digits=DIGITS).provisioning_uri(name=email, issuer_name=ISSUER)


def new_recovery_codes() -> list[str]:
    """Return random codes of 60 bits, in groups of four letters and digits."""
    codes = (pyotp.random_base32()[:12] for _ in range(RECOVERY_CODES))
    return ["-".join((code[:4], code[4:8], code[8:])) for code in codes]


def recovery_hash(code: str) -> bytes:
    """Return the hash under which a recovery code is stored. ``code`` is in upper case, without hyphens."""
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).digest()


def recovery_hashes(codes: Sequence[str]) -> list[bytes]:
    """Return the hashes of new recovery codes."""
    return [recovery_hash(code.replace("-", "")) for code in codes]
