"""Security facts, by which migrations and databases are compared."""

import re
from dataclasses import dataclass

PUBLIC = "public"
"""Name of PUBLIC, in the place of a role."""


@dataclass(frozen=True, slots=True)
class Enabled:
    """Row-level security that applies to the table."""

    table: str


@dataclass(frozen=True, slots=True)
class Forced:
    """Row-level security that applies to the table's owner too."""

    table: str


@dataclass(frozen=True, slots=True)
class Owned:
    """Ownership of a table or function (``kind``) by a role."""

    kind: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Policy:
    """Policy on the rows that a role may see (``using``) and write (``check``).

    Expressions are compared as :func:`plain` text.
    """

    table: str
    name: str
    roles: str
    command: str
    using: str
    check: str


@dataclass(frozen=True, slots=True)
class Granted:
    """Privilege of a role on a table or function, or on one ``column``."""

    role: str
    privilege: str
    kind: str
    name: str
    column: str = ""


type Fact = Enabled | Forced | Owned | Policy | Granted


def plain(expression: str | None) -> str:
    """Return an expression without the casts, parentheses and capitals that PostgreSQL adds to it."""
    return re.sub(r"::text|[()\s]", "", expression or "").lower()


def sentence(fact: Fact, *, holds: bool) -> str:
    """Return a clause that states that the fact holds, or that it does not."""
    match fact:
        case Enabled(table):
            return f"Row-level security is {'' if holds else 'not '}enabled on {table}"
        case Forced(table):
            return f"Row-level security {'binds' if holds else 'does not bind'} the owner of {table}"
        case Owned(kind, name, role):
            return f"The {kind} {name} {'belongs' if holds else 'does not belong'} to {role}"
        case Policy(table, name, roles, command):
            return f"{table} has {'a' if holds else 'no'} policy {name} for {roles} ({command})"
        case Granted(role, privilege, kind, name, column):
            return f"{role} {'has' if holds else 'lacks'} {privileged(privilege, column)} on the {kind} {name}"


def undone(fact: Fact) -> str | None:
    """Return the statement that revokes the access a fact opens, or None if it opens none."""
    match fact:
        case Policy(table, name):
            return f"DROP POLICY {name} ON {table};"
        case Granted(role, privilege, kind, name, column):
            return f"REVOKE {privileged(privilege, column)} ON {kind.upper()} {name} FROM {role};"
        case _:
            return None


def privileged(privilege: str, column: str) -> str:
    """Return a privilege in the syntax of GRANT."""
    return f"{privilege} ({column})" if column else privilege
