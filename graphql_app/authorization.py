"""Roles, scopes, and what a field requires of the viewer, declared where the field is: ``roles=``, ``scopes=``.

The engine checks a requirement on both execution paths, before a statement is sent or a transaction begins.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from graphql_app.viewer import Viewer

__all__ = ["DEFAULT_ROLES", "MANAGER", "MEMBER", "OWNER", "Requirement", "Rights", "Role", "Scope"]

REQUIREMENT = "requirement"
"""Key of a field's requirement in its metadata."""
READ, WRITE = "read", "write"
"""Scopes that an API key needs for queries and subscriptions, and for mutations."""
IDENTITY = "identity"
"""Scope that an API key needs to change users, keys and the organization, besides WRITE."""


@dataclass(frozen=True, slots=True)
class Role:
    """Role of a user in an organization. The description is shown in the schema."""

    name: str
    description: str


OWNER = Role("OWNER", "Full access, including users, keys and the settings of the organization.")
"""Role of those that own the organization."""
MANAGER = Role("MANAGER", "Manages people, work and money.")
"""Role of those that manage people and work."""
MEMBER = Role("MEMBER", "Works on tasks.")
"""Role of all other users."""
DEFAULT_ROLES = (OWNER, MANAGER, MEMBER)
"""Roles that each application has. ``ROLES`` of its domain package adds others."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Scope of API keys. The description is shown where a key is created."""

    name: str
    description: str


DEFAULT_SCOPES = (
    Scope(READ, "Queries and subscriptions."),
    Scope(WRITE, "Mutations."),
    Scope(IDENTITY, "Changes of users, service accounts, API keys and the organization, together with `write`."),
)
"""Scopes that each application has. ``SCOPES`` of its domain package adds others."""


class Rights(TypedDict, total=False):
    """Arguments of a declaration that restrict the use of the field.

    The viewer needs one of ``roles`` and, with an API key, all ``scopes``. Other viewers get the error FORBIDDEN; with
    ``as_null``, for a field of a nullable type, they get null.
    """

    roles: Collection[str]
    scopes: Collection[str]
    as_null: bool


@dataclass(frozen=True, slots=True)
class Requirement:
    """Requirement of a field. ``roles`` None admits every role."""

    roles: tuple[str, ...] | None = None
    scopes: frozenset[str] = frozenset()
    as_null: bool = False

    def admits(self, viewer: Viewer) -> bool:
        """Return True if the viewer meets the requirement."""
        return (self.roles is None or viewer.role in self.roles) and self.admits_scopes(viewer)

    def admits_scopes(self, viewer: Viewer) -> bool:
        """Return True if the viewer has all scopes. A viewer without an API key has every scope."""
        return viewer.scopes is None or self.scopes <= viewer.scopes

    @property
    def needs(self) -> str:
        """The requirement in words: ``role OWNER or MANAGER, and with an API key scope `write```."""
        roles = "" if self.roles is None else f"role {_joined(self.roles)}"
        scopes = " and ".join(f"scope `{scope}`" for scope in sorted(self.scopes))
        return ", and with an API key ".join(filter(None, (roles, scopes)))

    @property
    def message(self) -> str:
        """Message of the error of a viewer that does not meet the requirement."""
        return f"Requires {self.needs}."

    @property
    def description(self) -> str:
        """Sentence for the description of the field."""
        if self.as_null:
            return f"Null unless the viewer has {self.needs}."
        return self.message if self.roles is not None else f"With an API key, requires {self.needs}."


READING, WRITING = Requirement(scopes=frozenset({READ})), Requirement(scopes=frozenset({WRITE}))
"""Requirements of queries and subscriptions, and of mutations, besides those of their fields."""
EXPLAINING = Requirement((OWNER.name,))
"""Requirement of PostgreSQL's plans, which have numbers of rows of all organizations."""


def _joined(names: tuple[str, ...]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def required(
    roles: Collection[str] | None = None, scopes: Collection[str] = (), *, as_null: bool = False
) -> Requirement | None:
    """Return the requirement of a declaration; None if it restricts nothing. Raises ValueError for an empty list."""
    if roles is None and not scopes:
        return None
    if roles is not None and not roles:
        raise ValueError("roles must name at least one role, or be omitted.")
    return Requirement(None if roles is None else tuple(map(str, roles)), frozenset(scopes), as_null)


def requirement_of(field: Any) -> Requirement | None:  # a field of Strawberry, or any other object
    """Return the requirement that is declared for a field, or None."""
    metadata: Mapping[Any, Any] = getattr(field, "metadata", {})
    requirement: Requirement | None = metadata.get(REQUIREMENT)
    return requirement


def undeclared(names: Iterable[str], declared: Collection[str]) -> list[str]:
    """Return the names of roles or scopes that are not among the declared ones. If none is declared, all are known."""
    return [name for name in names if name not in declared] if declared else []
