"""What secures a database, as facts that can be compared: what migrations say, and what PostgreSQL has."""

import re
from dataclasses import dataclass

PUBLIC = "public"
"""Everybody, in the place of a role."""


@dataclass(frozen=True, slots=True)
class Enabled:
    """Row-level security applies to the table."""

    table: str


@dataclass(frozen=True, slots=True)
class Forced:
    """It binds the table's owner too."""

    table: str


@dataclass(frozen=True, slots=True)
class Owned:
    """A table or function (``kind``) belongs to a role."""

    kind: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Policy:
    """Which rows a role may see (``using``) and write (``check``); expressions are compared as :func:`plain` text."""

    table: str
    name: str
    roles: str
    command: str
    using: str
    check: str


@dataclass(frozen=True, slots=True)
class Granted:
    """A role has a privilege on a table or function, or on one ``column``."""

    role: str
    privilege: str
    kind: str
    name: str
    column: str = ""


type Fact = Enabled | Forced | Owned | Policy | Granted


def plain(expression: str | None) -> str:
    """An expression without the casts, brackets and capitals that PostgreSQL adds when it shows one."""
    return re.sub(r"::text|[()\s]", "", expression or "").lower()


def sentence(fact: Fact, *, holds: bool) -> str:
    """That the fact is so, or that it is not."""
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
    """The statement that takes back what a fact opens; None if the fact opens nothing."""
    match fact:
        case Policy(table, name):
            return f"DROP POLICY {name} ON {table};"
        case Granted(role, privilege, kind, name, column):
            return f"REVOKE {privileged(privilege, column)} ON {kind.upper()} {name} FROM {role};"
        case _:
            return None


def privileged(privilege: str, column: str) -> str:
    """A privilege as GRANT writes it."""
    return f"{privilege} ({column})" if column else privilege
