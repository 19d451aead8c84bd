"""Headers in wire format: pairs of bytes, with names in lower case."""

from collections.abc import Iterable, Mapping

from starlette.types import Scope

Header = tuple[bytes, bytes]
Headers = Mapping[bytes, bytes]
"""Headers of a request by name."""

ALWAYS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""Security headers that restrict what a browser does with a response."""
NAMES = frozenset(name for name, _ in ALWAYS)


def request_headers(scope: Scope) -> Headers:
    """Return the request's headers. Of several headers with one name, the first counts."""
    return dict(reversed(scope["headers"]))


def text(headers: Headers, name: bytes) -> str | None:
    """Return the header with this name, or None."""
    value = headers.get(name)
    return None if value is None else str(value, "latin-1")


def completed(headers: Iterable[Header], *more: Header) -> list[Header]:
    """Return a response's headers with ``more``, and with those of :data:`ALWAYS` that it does not set itself.

    The playground, for one, has a policy of its own.
    """
    found = [*headers, *more]
    said = NAMES.intersection([name for name, _ in found])
    found += [each for each in ALWAYS if each[0] not in said] if said else ALWAYS
    return found
