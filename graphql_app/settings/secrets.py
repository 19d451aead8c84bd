"""Weakness of secrets, and the generated secret of development."""

import math
import os
import secrets
import tempfile
from collections import Counter
from pathlib import Path
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
    """Return the reason why ``secret`` must not sign tokens, as a predicate after its name, or None."""
    if not secret:
        return "is missing"
    if len(secret) < SHORTEST:
        return f"is too short: {len(secret)} characters, at least {SHORTEST} are needed"
    if any(word in secret.lower() for word in TELLTALES):
        return "is an example that others know"
    if is_periodic(secret) or bits(secret) < FEWEST_BITS:
        return "is too easy to guess: it repeats itself"
    return None


def weakness_of_address(address: str) -> str | None:
    """Return the reason why the password in a database address must not be used, or None."""
    try:
        password = unquote(urlsplit(address).password or "")
    except ValueError:
        return "is not an address"
    return "has a password that everybody tries first" if password.lower() in WELL_KNOWN else None


def bits(secret: str) -> float:
    """Return the bits of the secret, if each character were drawn from its characters with their frequencies."""
    shares = [count / len(secret) for count in Counter(secret).values()]
    return -len(secret) * sum(share * math.log2(share) for share in shares)


def is_periodic(secret: str) -> bool:
    """Return True if the secret is a shorter text, repeated."""
    return (secret + secret).find(secret, 1) < len(secret)


def development_secret(data_dir: Path) -> str:
    """Return the secret stored in ``data_dir``, readable by its owner only. The first call creates it.

    Two processes that start at once get the same secret: that of the process that links its file first.
    """
    kept = data_dir / "secret-key"
    if not kept.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f"{kept.name}.", dir=data_dir)
        mine = Path(name)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            kept.hardlink_to(mine)
        except FileExistsError:
            pass
        finally:
            mine.unlink()
    return kept.read_text().strip()
