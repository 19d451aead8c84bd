"""The page a browser is shown at the API's address."""

import gzip
import json
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class PlaygroundPage:
    """The page in both encodings, and the headers that belong to it."""

    gzip: bytes
    """The page for clients that accept gzip, which every browser does."""
    html: bytes
    """The page for all others: 5 MB of UTF-8."""
    etag: str
    """Changes with the page, whichever encoding it is sent in: a weak validator."""
    content_security_policy: str
    """Nothing but the page's own script may run, and it may reach no other host than its own."""


def load_page() -> PlaygroundPage:
    """Read and decompress the page: call it once and keep the result. Raises FileNotFoundError if it is not built."""
    dist = files(__package__) / "dist"
    compressed = (dist / "playground.html.gz").read_bytes()
    manifest = json.loads((dist / "manifest.json").read_text("utf-8"))
    return PlaygroundPage(
        gzip=compressed,
        html=gzip.decompress(compressed),
        etag=f'W/"{manifest["sha256"][:32]}"',
        content_security_policy=manifest["contentSecurityPolicy"],
    )
