"""Headers as they travel: pairs of bytes, their names in lower case."""

from collections.abc import Iterable, Mapping

from starlette.types import Scope

Header = tuple[bytes, bytes]
Headers = Mapping[bytes, bytes]
"""A request's headers by name."""

ALWAYS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""Headers that tell a browser not to trust a response with more than it is."""
NAMES = frozenset(name for name, _ in ALWAYS)


def request_headers(scope: Scope) -> Headers:
    """The request's headers; of several with one name the first."""
    return dict(reversed(scope["headers"]))


def text(headers: Headers, name: bytes) -> str | None:
    """The header of this name, None without one."""
    value = headers.get(name)
    return None if value is None else str(value, "latin-1")


def completed(headers: Iterable[Header], *more: Header) -> list[Header]:
    """A response's headers with ``more``, and with :data:`ALWAYS` where it does not say otherwise itself.

    The playground, for one, has a policy of its own.
    """
    found = [*headers, *more]
    said = NAMES.intersection([name for name, _ in found])
    found += [each for each in ALWAYS if each[0] not in said] if said else ALWAYS
    return found
