"""What can be wrong with a database, in words for whoever operates it."""

from collections.abc import Sequence


class PostgresError(Exception):
    """The base of what this package raises; the text is a sentence for an operator."""


class AddressError(PostgresError):
    """The address of a database cannot be understood."""


class Unreachable(PostgresError):
    """Nobody answers at an address, or it refuses the log-in."""


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
