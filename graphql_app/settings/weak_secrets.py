"""Weak secrets: keys that must not sign tokens, and well-known passwords in database addresses."""

import math
from collections import Counter
from urllib.parse import unquote, urlsplit

SHORTEST = 32
FEWEST_BITS = 96
TELLTALES = (
    "changeme",
    "change-me",
    "change_me",
    "secret-key",
    "secret_key",
    "your-",
    "example",
    "insecure",
    "workline",
)
WELL_KNOWN = {
    "1234", "12345", "123456", "12345678", "admin", "changeme", "example", "letmein", "mysecretpassword", "pass",
    "password", "postgres", "postgresql", "root", "secret", "test", "workline",
}  # fmt: skip


def weakness(secret: str) -> str | None:
    """Return the reason why ``secret`` must not sign tokens, as a predicate, or None."""
    if not secret:
        return "is missing"
    if len(secret) < SHORTEST:
        return f"is too short: {len(secret)} characters, at least {SHORTEST} are required"
    if any(word in secret.lower() for word in TELLTALES):
        return "is a published example"
    if is_periodic(secret) or bits(secret) < FEWEST_BITS:
        return "is too easy to guess"
    return None


def weakness_of_address(address: str) -> str | None:
    """Return the reason why the password in a database address must not be used, or None."""
    try:
        password = unquote(urlsplit(address).password or "")
    except ValueError:
        return "is not a valid address"
    return "has a well-known password" if password.lower() in WELL_KNOWN else None


def bits(secret: str) -> float:
    """Return the bits of the secret, if each character were drawn from its characters with their frequencies."""
    shares = [count / len(secret) for count in Counter(secret).values()]
    return -len(secret) * sum(share * math.log2(share) for share in shares)


def is_periodic(secret: str) -> bool:
    """Return True if the secret repeats a shorter text."""
    return (secret + secret).find(secret, 1) < len(secret)
