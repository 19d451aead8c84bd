"""The first and the last value on a request's way: what was asked, and what is answered.

Nobody changes them; frozen, they would cost three times as much to make, for each request.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class GraphQLRequest:
    """A request whose form was checked: texts are texts, and ``variables`` is an object."""

    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    operation_name: str | None = None
    extensions: dict[str, Any] = field(default_factory=dict)
    idempotency_key: str | None = None
    """The header of that name."""
    client_address: str = ""
    """The IP address that it came from; empty when it is not known."""


@dataclass(slots=True)
class GraphQLResponse:
    """The response's body. ``executed`` is False when it failed before any field ran; there is no ``data`` then.

    The data of an introspection is an ``orjson.Fragment``: it is kept as bytes.
    """

    body: dict[str, Any]
    executed: bool
    encoded: bytes | None = None
    """The body as JSON, for one that an executor has encoded."""
    operation: str = ""
    """``query``, ``mutation`` or ``subscription``; empty when the document names none."""
    operation_name: str | None = None
    """The name that the document gives the operation."""
    fell_back: str = ""
    """The reason why graphql-core executed it although plans are on; else empty."""
    user_errors: Sequence[str] = ()
    """The codes of the user errors in its mutations' payloads, each once."""

    @property
    def codes(self) -> list[str]:
        """The codes of its errors, in order."""
        return [error["extensions"]["code"] for error in self.body.get("errors", ())]

    @property
    def retry_after(self) -> int | None:
        """The most seconds that one of its errors says to wait before trying again; None when none does."""
        waits = [error.get("extensions", {}).get("retryAfter") for error in self.body.get("errors", ())]
        return max((wait for wait in waits if isinstance(wait, int)), default=None)
