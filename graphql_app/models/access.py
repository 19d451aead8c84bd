"""Access of the application role to a table, which a model declares and a migration grants."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["APPEND", "CHANGE", "KEEP", "READ", "SYSTEM_ONLY", "TableAccess"]

READ = "SELECT"
"""Privileges on a table whose rows are only read."""
APPEND = "SELECT, INSERT"
"""Privileges on a table whose rows are never changed or deleted."""
KEEP = "SELECT, INSERT, UPDATE"
"""Privileges on a table whose rows are never deleted."""
CHANGE = "SELECT, INSERT, UPDATE, DELETE"
"""All privileges on rows."""
PRIVILEGES = frozenset(CHANGE.split(", "))
ACCESS = "access"
"""Key of the :class:`TableAccess` in the information of a table."""


@dataclass(frozen=True, slots=True)
class TableAccess:
    """Rights of the application role: all rows of its organization with these ``privileges``.

    ``tenant`` is the column with the organization. Without it, all rows are readable, as in reference tables. Without
    ``privileges``, only ``workline_system`` has access. ``policies`` are additional policies, by name: ``{"open": "AS
    RESTRICTIVE FOR UPDATE TO workline_app USING (closed_at IS NULL)"}``.
    """

    privileges: str = CHANGE
    tenant: str | None = "organization_id"
    policies: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise ValueError for an unknown privilege, and for a right to write rows of no organization."""
        unknown = {each for each in self.privileges.split(", ") if each} - PRIVILEGES
        if unknown:
            raise ValueError(f"{', '.join(sorted(unknown))} is not one of {CHANGE}.")
        if self.tenant is None and self.privileges not in ("", READ):
            raise ValueError("The application role can only read a table without an organization.")


SYSTEM_ONLY = TableAccess("", None)
"""Access for ``workline_system`` only."""
