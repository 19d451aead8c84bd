"""Errors of databases, with messages for the operator."""

from collections.abc import Collection, Sequence


class PostgresError(Exception):
    """Base of the errors of this package. The text is a sentence for an operator."""


class AddressError(PostgresError):
    """Invalid database address."""


class Unreachable(PostgresError):
    """Server that does not answer, or accepts no connection at the moment. The text ends with the remedy."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem} {remedy}")
        self.problem = problem
        self.remedy = remedy


class AccessDenied(Unreachable):
    """Rejected login, or a certificate that is not trusted. Retrying changes nothing."""


class UndeclaredPooler(PostgresError):
    """Connection through a pooler that the address does not declare."""

    problem = (
        "DATABASE_URL goes through a pooler such as PgBouncer, which it does not declare. Clients would share "
        "prepared statements and time limits."
    )
    remedy = (
        "Add the parameter pgbouncer=true to DATABASE_URL, and set DATABASE_DIRECT_URL to the address of PostgreSQL."
    )

    def __init__(self) -> None:
        super().__init__(f"{self.problem} {self.remedy}")


class EmbeddedError(PostgresError):
    """Embedded server that is not installed, cannot run here, or does not start."""


class AdministratorNeeded(PostgresError):
    """Missing right of the connected role. ``statements`` is the SQL that an administrator must run once."""

    def __init__(self, role: str, statements: Sequence[str]) -> None:
        script = "\n".join(f"    {statement};" for statement in statements)
        super().__init__(f"The role {role} lacks a right. Run this once as an administrator, then try again:\n{script}")
        self.statements = tuple(statements)


class ExcessivePrivileges(PostgresError):
    """Role for serving that is not subject to row-level security."""

    def __init__(self, role: str) -> None:
        super().__init__(
            f"The role {role} is a superuser, an owner, or exempt from row-level security, so organizations would not "
            "be isolated. Set DATABASE_URL to an address with the role workline_app, and DATABASE_OWNER_URL to that "
            "of the owner."
        )


class NotMigrated(PostgresError):
    """Database that lacks migrations of this release."""

    def __init__(self, count: int | None = None) -> None:
        state = "has not been migrated" if count is None else f"is {count} migrations behind this release"
        super().__init__(f"The database {state}. Run: workline migrate")


class UnknownRoles(PostgresError):
    """Database with active users in roles that the application does not declare."""

    def __init__(self, roles: Collection[str]) -> None:
        super().__init__(
            f"Active users have roles that the application does not declare: {', '.join(sorted(roles))}. "
            "Declare them in ROLES of the domain package, or give these users other roles."
        )


class ColumnMismatch(PostgresError):
    """Database whose columns differ from the models. The text has a line for each difference."""

    def __init__(self, lines: Sequence[str]) -> None:
        listed = "\n".join(f"  {line}" for line in lines)
        super().__init__(
            f"The models and the tables of the database disagree:\n{listed}\nAdd a migration, or correct the models."
        )
