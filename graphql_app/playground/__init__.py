"""GraphiQL in one self-contained page. `source/` builds it; `dist/` contains the page and the licenses of its parts."""

import gzip
import json
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class PlaygroundPage:
    """Playground page in both encodings, with its headers."""

    gzip: bytes
    """Page for clients that accept gzip, which every browser does."""
    html: bytes
    """Page for all other clients: 5 MB of UTF-8."""
    etag: str
    """Weak validator of the page, the same for both encodings."""
    content_security_policy: str
    """Policy that allows only the page's own script, and connections only to the page's own host."""


def load_page() -> PlaygroundPage:
    """Read and decompress the page. Call it once and keep the result. Raises FileNotFoundError if it is not built."""
    dist = files(__package__) / "dist"
    compressed = (dist / "playground.html.gz").read_bytes()
    manifest = json.loads((dist / "manifest.json").read_text("utf-8"))
    return PlaygroundPage(
        gzip=compressed,
        html=gzip.decompress(compressed),
        etag=f'W/"{manifest["sha256"][:32]}"',
        content_security_policy=manifest["contentSecurityPolicy"],
    )
