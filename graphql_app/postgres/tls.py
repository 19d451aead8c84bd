"""TLS to a database, as libpq's ``sslmode`` and its companions say it."""

import ssl
from dataclasses import dataclass
from typing import Literal

from graphql_app.postgres.errors import AddressError

MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
SWITCH = {"true": "require", "1": "require", "on": "require", "false": "disable", "0": "disable", "off": "disable"}
"""What some providers write as ``ssl=true``."""


@dataclass(frozen=True, slots=True)
class Tls:
    """How far the server is trusted, and the certificates' files: its authority's, and our own."""

    mode: str
    root: str | None = None
    certificate: str | None = None
    key: str | None = None
    password: str | None = None

    def argument(self) -> str | Literal[False] | ssl.SSLContext:
        """asyncpg's ``ssl``. Reads the files; AddressError if they cannot be used."""
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
        """Whether the server must prove who it is. As in libpq, naming an authority is asking for that."""
        return self.mode.startswith("verify") or (self.mode == "require" and self.root is not None)

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=None if self.root in {None, "system"} else self.root)
        # libpq does not ask for it, and authorities of providers lack the extensions that it demands
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.check_hostname = self.mode == "verify-full"
        context.verify_mode = ssl.CERT_REQUIRED if self.verifies else ssl.CERT_NONE
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.key, self.password)
        return context


def read_tls(given: dict[str, str]) -> Tls | None:
    """Take what is about TLS out of ``given``. None if nothing is said: the driver then prefers TLS over TCP."""
    switch = given.pop("ssl", None)
    mode = given.pop("sslmode", None) or (SWITCH.get(switch.lower(), switch) if switch else None)
    files = {name: given.pop(f"ssl{name}", None) for name in ("rootcert", "cert", "key", "password")}
    if mode is None and not any(files.values()):
        return None
    if files["rootcert"] == "system":
        mode = "verify-full"  # libpq refuses less: anybody can have a certificate that the system knows
    mode = mode or "prefer"
    if mode not in MODES:
        raise AddressError(f"sslmode in the database's address is one of {', '.join(MODES)}, not {mode!r}.")
    return Tls(mode, files["rootcert"], files["cert"], files["key"], files["password"])
