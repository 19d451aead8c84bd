"""What can be wrong with a database, in words for whoever operates it."""

from collections.abc import Sequence


class PostgresError(Exception):
    """The base of what this package raises; the text is a sentence for an operator."""


class AddressError(PostgresError):
    """The address of a database cannot be understood."""


class Unreachable(PostgresError):
    """No server answers at an address, or it takes no connection at the moment. The text ends with the remedy."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem} {remedy}")
        self.problem = problem
        self.remedy = remedy


class AccessDenied(Unreachable):
    """A server refuses the log-in, or its certificate is not trusted. Trying again changes nothing."""


class UndeclaredPooler(PostgresError):
    """The connection leads through a pooler, which the address does not say."""

    problem = (
        "DATABASE_URL leads through a pooler such as PgBouncer and does not say so: prepared statements and time "
        "limits of one connection would reach others."
    )
    remedy = (
        "Add the parameter pgbouncer=true to DATABASE_URL, and set DATABASE_DIRECT_URL to the address of PostgreSQL."
    )

    def __init__(self) -> None:
        super().__init__(f"{self.problem} {self.remedy}")


class EmbeddedError(PostgresError):
    """The embedded server is not installed, cannot run here, or does not start."""


class AdministratorNeeded(PostgresError):
    """The role we connect as may not do this. ``statements`` is the SQL that an administrator must run once."""

    def __init__(self, role: str, statements: Sequence[str]) -> None:
        script = "\n".join(f"    {statement};" for statement in statements)
        super().__init__(
            f"The role {role} may not set this up. Run this once as an administrator, then try again:\n{script}"
        )
        self.statements = tuple(statements)


class TooPowerful(PostgresError):
    """The role to serve as could see every organization's rows."""

    def __init__(self, role: str) -> None:
        super().__init__(
            f"The role {role} is a superuser, an owner or above row-level security, so organizations would not be kept "
            "apart. Let DATABASE_URL log in as workline_app, and DATABASE_OWNER_URL as the owner."
        )


class NotMigrated(PostgresError):
    """The database does not have the shape that this release needs."""

    def __init__(self, count: int) -> None:
        super().__init__(f"The database is {count} migrations behind this release. Run: workline migrate")
