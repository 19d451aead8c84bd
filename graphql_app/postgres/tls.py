"""TLS options of a database address, with libpq's ``sslmode`` and related parameters."""

import ssl
from dataclasses import dataclass
from typing import Literal

from graphql_app.postgres.errors import AddressError

MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
SWITCH = {"true": "require", "1": "require", "on": "require", "false": "disable", "0": "disable", "off": "disable"}
"""Modes for ``ssl=true`` and its variants, as some providers write them."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Mode of trust in the server, and the files of its authority and of the client's certificate."""

    mode: str
    root: str | None = None
    certificate: str | None = None
    key: str | None = None
    password: str | None = None

    def argument(self) -> str | Literal[False] | ssl.SSLContext:
        """Return the value for asyncpg's ``ssl``. Reads the files. Raises AddressError if they cannot be used."""
        if self.mode == "disable":
            return False
        if not self.verifies and self.certificate is None:
            return self.mode
        try:
            return self._context()
        except (OSError, ssl.SSLError) as error:
            raise AddressError(f"The certificates named in the database's address cannot be used: {error}.") from error

    @property
    def verifies(self) -> bool:
        """True if the server must prove its identity. As in libpq, naming an authority implies it."""
        return self.mode.startswith("verify") or (self.mode == "require" and self.root is not None)

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=None if self.root in {None, "system"} else self.root)
        # libpq does not require it, and authorities of providers lack the extensions that it requires
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.check_hostname = self.mode == "verify-full"
        context.verify_mode = ssl.CERT_REQUIRED if self.verifies else ssl.CERT_NONE
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.key, self.password)
        return context


def read_tls(given: dict[str, str]) -> Tls | None:
    """Remove the TLS parameters from ``given``. Return None without any: the driver then prefers TLS over TCP."""
    switch = given.pop("ssl", None)
    mode = given.pop("sslmode", None) or (SWITCH.get(switch.lower(), switch) if switch else None)
    files = {name: given.pop(f"ssl{name}", None) for name in ("rootcert", "cert", "key", "password")}
    if mode is None and not any(files.values()):
        return None
    if files["rootcert"] == "system":
        mode = "verify-full"  # libpq rejects less: anyone can obtain a certificate of a system authority
    mode = mode or "prefer"
    if mode not in MODES:
        raise AddressError(f"sslmode in the database's address is one of {', '.join(MODES)}, not {mode!r}.")
    return Tls(mode, files["rootcert"], files["cert"], files["key"], files["password"])
