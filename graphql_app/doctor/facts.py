"""Security facts, by which migrations and databases are compared.

The migrations are the single source, so privileges are not declared a second time. ``expected`` parses their SQL, in
which only statements in the form of :mod:`graphql_app.migrations.access` are recognized, including within the
conditions of ``unless_exists``. A test compares the parsed facts with a migrated database.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from graphql_app.postgres.roles import OWNER

PUBLIC = "public"
"""Name of PUBLIC, used like a role name."""
type Match = re.Match[str]
SKIPPED = r"^(?:--|DO \$engine\$|BEGIN$|IF to_regclass|END IF;|END \$engine\$).*$"
"""Lines that are not part of a statement: comments, and conditions of the engine's migrations."""
PRIVILEGES = r"(?P<privileges>[\w, ()]+?) ON (?P<kind>TABLE|FUNCTION|PROCEDURE)? ?(?P<name>\w+(?:\([^)]*\))?)"


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
    """Return a clause that states that the fact is true, or that it is not."""
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
    """Return the statement that revokes the access that a fact grants, or None if it grants none."""
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


type ExpectedFacts = dict[Fact, str]


def expected(script: str) -> ExpectedFacts:
    """Return the facts after all statements of ``script``, each with the statement that establishes it."""
    facts: ExpectedFacts = {}
    for statement in statements(script):
        for pattern, apply in STATEMENTS.items():
            if match := re.fullmatch(pattern, statement):
                apply(facts, match)
    return facts


def statements(script: str) -> Iterator[str]:
    """Yield each statement on one line, without comments and conditions."""
    for statement in re.sub(SKIPPED, "", script, flags=re.MULTILINE).split(";\n"):
        yield " ".join(statement.split()) + ";"


def created(facts: ExpectedFacts, match: Match) -> None:
    """Add the ownership of a new table by the migrating role."""
    facts[Owned("table", match["table"], OWNER)] = f"ALTER TABLE {match['table']} OWNER TO {OWNER};"


def dropped(facts: ExpectedFacts, match: Match) -> None:
    """Remove all facts of a dropped table or function."""
    for fact in [fact for fact in facts if subject(fact) == named(match)]:
        del facts[fact]


def subject(fact: Fact) -> str:
    """Return the table or function of a fact."""
    return fact.name if isinstance(fact, Owned | Granted) else fact.table


def secured(facts: ExpectedFacts, match: Match) -> None:
    """Add or remove the fact that row-level security is enabled or forced."""
    kind = Forced if match["what"].endswith("FORCE") else Enabled
    if match["what"] in {"DISABLE", "NO FORCE"}:
        facts.pop(kind(match["table"]), None)
    else:
        facts[kind(match["table"])] = match[0]


def policed(facts: ExpectedFacts, match: Match) -> None:
    """Add a policy."""
    command = match["command"] or "ALL"
    using, check = plain(match["using"]), plain(match["check"])
    facts[Policy(match["table"], match["name"], match["role"], command, using, check)] = match[0]


def unpoliced(facts: ExpectedFacts, match: Match) -> None:
    """Remove a policy."""
    policies = [fact for fact in facts if isinstance(fact, Policy) and fact.table == match["table"]]
    for fact in [fact for fact in policies if fact.name == match["name"]]:
        del facts[fact]


def granted(facts: ExpectedFacts, match: Match) -> None:
    """Add granted privileges."""
    for fact in grants(match):
        facts[fact] = match[0]


def revoked(facts: ExpectedFacts, match: Match) -> None:
    """Remove revoked privileges: of the named columns, or of the table and all its columns."""
    for taken in grants(match):
        given = [fact for fact in facts if isinstance(fact, Granted) and fact.role == taken.role]
        for fact in [fact for fact in given if (fact.kind, fact.name) == (taken.kind, taken.name)]:
            if taken.privilege in {"ALL", fact.privilege} and taken.column in {"", fact.column}:
                del facts[fact]


def grants(match: Match) -> Iterator[Granted]:
    """Yield the privileges of each role in a statement, from a list such as ``SELECT, UPDATE (name)``."""
    kind, name = (match["kind"] or "TABLE").lower(), named(match)
    for role in re.split(r"\s*,\s*", match["roles"]):
        for privilege, columns in re.findall(r"(\w+)(?:\s*\(([^)]*)\))?", match["privileges"]):
            for column in re.split(r"\s*,\s*", columns):
                yield Granted(role.lower(), privilege.upper(), kind, name, column)


def owned(facts: ExpectedFacts, match: Match) -> None:
    """Replace the owner of a table or function."""
    kind = match["kind"].lower()
    for fact in [fact for fact in facts if isinstance(fact, Owned) and subject(fact) == named(match)]:
        del facts[fact]
    facts[Owned(kind, named(match), match["role"])] = match[0]


def named(match: Match) -> str:
    """Return the table, or the function with its arguments in PostgreSQL's form."""
    return re.sub(r",\s+", ",", match["name"])


STATEMENTS: dict[str, Callable[[ExpectedFacts, Match], None]] = {
    r"CREATE TABLE (?P<table>\w+) \(.*": created,
    r"DROP (?:TABLE|FUNCTION|PROCEDURE) (?:IF EXISTS )?(?P<name>\w+(?:\([^)]*\))?);": dropped,
    r"ALTER TABLE (?P<table>\w+) (?P<what>ENABLE|DISABLE|FORCE|NO FORCE) ROW LEVEL SECURITY;": secured,
    r"CREATE POLICY (?P<name>\w+) ON (?P<table>\w+)(?: FOR (?P<command>\w+))?(?: TO (?P<role>\w+))"
    r"(?: USING \((?P<using>.*?)\))?(?: WITH CHECK \((?P<check>.*)\))?;": policed,
    r"DROP POLICY (?P<name>\w+) ON (?P<table>\w+);": unpoliced,
    rf"GRANT {PRIVILEGES} TO (?P<roles>[\w, ]+);": granted,
    rf"REVOKE {PRIVILEGES} FROM (?P<roles>[\w, ]+);": revoked,
    r"ALTER (?P<kind>TABLE|FUNCTION|PROCEDURE) (?P<name>\w+(?:\([^)]*\))?) OWNER TO (?P<role>\w+);": owned,
}
"""Patterns of recognized statements, each with the function that applies the statement to the facts."""
