"""Exit statuses of the command line. The large ones are those of sysexits(3)."""

from graphql_app.postgres.errors import (
    AccessDenied,
    AddressError,
    AdministratorNeeded,
    EmbeddedError,
    PostgresError,
    TooPowerful,
    UndeclaredPooler,
    Unreachable,
)
from graphql_app.settings import SettingsError

FAILED = 1
UNAVAILABLE = 69
CONFIGURATION = 78

STATUSES: dict[type[Exception], int] = {
    SettingsError: CONFIGURATION,
    AddressError: CONFIGURATION,
    AccessDenied: CONFIGURATION,
    UndeclaredPooler: CONFIGURATION,
    AdministratorNeeded: CONFIGURATION,
    TooPowerful: CONFIGURATION,
    Unreachable: UNAVAILABLE,
    EmbeddedError: UNAVAILABLE,
    PostgresError: FAILED,
}


def status_of(error: Exception) -> int | None:
    """Return the exit status of an error that its message explains, or None for a bug, which needs its traceback."""
    return next((status for kind, status in STATUSES.items() if isinstance(error, kind)), None)
